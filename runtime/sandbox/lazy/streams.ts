import * as ponyfill from "web-streams-polyfill";
import type { TakenBytes } from "../body.ts";
import type { LazyParts } from "../lazy.ts";
import { shapeInterface, toDomString } from "../webidl.ts";

const {
  ReadableStream,
  ReadableStreamDefaultReader,
  ReadableStreamBYOBReader,
  ReadableStreamDefaultController,
  ReadableByteStreamController,
  ReadableStreamBYOBRequest,
  WritableStream,
  WritableStreamDefaultWriter,
  WritableStreamDefaultController,
  TransformStream,
  TransformStreamDefaultController,
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
} = ponyfill;

/** Streams, and what bodies do with them. */
export function load(parts: LazyParts) {
  return {
    globals: {
      ReadableStream,
      ReadableStreamDefaultReader,
      ReadableStreamBYOBReader,
      ReadableStreamDefaultController,
      ReadableByteStreamController,
      ReadableStreamBYOBRequest,
      WritableStream,
      WritableStreamDefaultWriter,
      WritableStreamDefaultController,
      TransformStream,
      TransformStreamDefaultController,
      ByteLengthQueuingStrategy,
      CountQueuingStrategy,
      ...makeTextStreams(parts),
    },
    isReadableStream,
    isDisturbed,
    isUnusable: (stream: object): boolean => isDisturbed(stream) || checked(stream).locked,
    streamOfBytes,
    readAll: async (stream: object, bytesMax: number): Promise<TakenBytes> =>
      readAll(checked(stream), bytesMax),
    tee: (stream: object): readonly [object, object] => teeBytes(parts, checked(stream)),

    /** A stream with the same bytes, which holds the given one. */
    passOn: (stream: object): object => checked(stream).pipeThrough(new TransformStream()),
  };
}

type Bytes = ponyfill.ReadableStream<unknown>;

function isReadableStream(value: unknown): value is Bytes {
  return value instanceof ReadableStream;
}

function checked(stream: object): Bytes {
  if (!isReadableStream(stream)) throw new TypeError("Not a ReadableStream");
  return stream;
}

// The library keeps it in a property of its own; the standard has it as an internal slot.
function isDisturbed(stream: object): boolean {
  return Reflect.get(stream, "_disturbed") === true;
}

function streamOfBytes(bytes: Uint8Array, isUsed: boolean): object {
  const stream = new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (bytes.length > 0) controller.enqueue(bytes.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  if (isUsed) void stream.getReader().cancel();
  return stream;
}

/**
 * All bytes of the stream, in an object that is no thenable whatever was done to Object.prototype. Reading goes by a
 * pipe for the same reason: what a reader gives passes through promises, where a script could look in.
 */
async function readAll(stream: Bytes, bytesMax: number): Promise<TakenBytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const sink = new WritableStream({
    write(chunk) {
      if (!(chunk instanceof Uint8Array)) throw new TypeError("The body's stream gave what is no Uint8Array");
      chunks[chunks.length] = chunk;
      length += chunk.length;
      if (length > bytesMax) throw new RangeError("The body's stream gave too many bytes");
    },
  });
  try {
    await stream.pipeTo(sink);
  } catch (error) {
    if (length > bytesMax) return { __proto__: null, bytes: null };
    throw error;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { __proto__: null, bytes };
}

/** Both branches get their own copy of a chunk, so that neither can change the other's. */
function teeBytes(parts: LazyParts, stream: Bytes): readonly [object, object] {
  const [kept, other] = stream.tee();
  const copied = other.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        controller.enqueue(parts.use("cloning").clone(chunk));
      },
    }),
  );
  return [kept, copied];
}

interface Transformer {
  transform(chunk: unknown): unknown;
  flush(): unknown;
}

function push(controller: { enqueue(chunk: unknown): void }, chunk: unknown): void {
  if (chunk !== null) controller.enqueue(chunk);
}

function orNull(text: string): string | null {
  return text === "" ? null : text;
}

/** A TransformStream behind a class with `readable` and `writable`. */
function makePair(transformer: Transformer) {
  return new TransformStream({
    transform(chunk, controller) {
      push(controller, transformer.transform(chunk));
    },
    flush(controller) {
      push(controller, transformer.flush());
    },
  });
}

function makeTextStreams(parts: LazyParts) {
  const { TextDecoder, TextEncoder } = parts.use("text").globals;

  class TextEncoderStream {
    readonly #pair;

    constructor() {
      const encoder = new TextEncoder();
      let pending = "";
      this.#pair = makePair({
        transform(chunk) {
          const text = pending + toDomString(chunk);
          const last = text.charCodeAt(text.length - 1);
          const isCut = last >= 0xd8_00 && last <= 0xdb_ff;
          pending = isCut ? text.slice(-1) : "";
          const whole = isCut ? text.slice(0, -1) : text;
          return whole === "" ? null : encoder.encode(whole);
        },
        flush: () => (pending === "" ? null : encoder.encode(pending)),
      });
    }

    get encoding(): string {
      void this.#pair;
      return "utf-8";
    }
    get readable(): object {
      return this.#pair.readable;
    }
    get writable(): object {
      return this.#pair.writable;
    }
  }
  shapeInterface(TextEncoderStream, "TextEncoderStream");

  class TextDecoderStream {
    readonly #decoder;
    readonly #pair;

    constructor(label: unknown = "utf-8", options: unknown = undefined) {
      const decoder = new TextDecoder(label, options);
      this.#decoder = decoder;
      this.#pair = makePair({
        transform: (chunk) => {
          if (chunk === undefined) throw new TypeError("TextDecoderStream: a chunk holds no bytes");
          return orNull(decoder.decode(chunk, { stream: true }));
        },
        flush: () => orNull(decoder.decode()),
      });
    }

    get encoding(): string {
      return this.#decoder.encoding;
    }
    get fatal(): boolean {
      return this.#decoder.fatal;
    }
    get ignoreBOM(): boolean {
      return this.#decoder.ignoreBOM;
    }
    get readable(): object {
      return this.#pair.readable;
    }
    get writable(): object {
      return this.#pair.writable;
    }
  }
  shapeInterface(TextDecoderStream, "TextDecoderStream");
  return { TextEncoderStream, TextDecoderStream };
}
