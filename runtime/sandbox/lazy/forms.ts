import type { LazyParts } from "../lazy.ts";
import { decodeUtf8, decodeUtf8Text, encodeUtf8 } from "./utf8.ts";
import { definePairIteration, isObject, requireArguments, shapeInterface, toUsvString } from "../webidl.ts";
import { makeBlobClasses } from "./blob.ts";
import { mimeTypeText, readContentType } from "./mime-type.ts";
import { splitMultipart } from "./multipart.ts";

type Entry = [name: string, value: string | object];

/** Blob, File and FormData, and what bodies do with them. */
export function load(lazy: LazyParts) {
  const { Blob, File, isBlob, isFile, partsOf, blobOf } = makeBlobClasses(lazy);
  let listOf: (data: object) => { entries: Entry[] };
  let isFormData: (value: unknown) => value is FormData;

  class FormData {
    readonly #list: { entries: Entry[] } = { entries: [] };

    static {
      listOf = (data) => (data as FormData).#list;
      isFormData = (value): value is FormData => isObject(value) && #list in value;
    }

    constructor(form: unknown = undefined) {
      if (form !== undefined) throw new TypeError("FormData: there are no forms here");
    }

    append(name: unknown, value: unknown, filename: unknown = undefined): void {
      requireArguments(arguments.length, 2, "FormData.append");
      const list = this.#list;
      list.entries.push(makeEntry(name, value, filename, arguments.length > 2));
    }
    delete(name: unknown): void {
      requireArguments(arguments.length, 1, "FormData.delete");
      const list = this.#list;
      const key = toUsvString(name);
      list.entries = list.entries.filter(([known]) => known !== key);
    }
    get(name: unknown): string | object | null {
      requireArguments(arguments.length, 1, "FormData.get");
      const { entries } = this.#list;
      const key = toUsvString(name);
      return entries.find(([known]) => known === key)?.[1] ?? null;
    }
    getAll(name: unknown): (string | object)[] {
      requireArguments(arguments.length, 1, "FormData.getAll");
      const { entries } = this.#list;
      const key = toUsvString(name);
      return entries.filter(([known]) => known === key).map(([, value]) => value);
    }
    has(name: unknown): boolean {
      requireArguments(arguments.length, 1, "FormData.has");
      const { entries } = this.#list;
      const key = toUsvString(name);
      return entries.some(([known]) => known === key);
    }
    set(name: unknown, value: unknown, filename: unknown = undefined): void {
      requireArguments(arguments.length, 2, "FormData.set");
      const list = this.#list;
      const entry = makeEntry(name, value, filename, arguments.length > 2);
      const first = list.entries.findIndex(([known]) => known === entry[0]);
      if (first === -1) {
        list.entries.push(entry);
        return;
      }
      list.entries[first] = entry;
      list.entries = list.entries.filter(([known], at) => at <= first || known !== entry[0]);
    }
  }
  shapeInterface(FormData, "FormData");
  definePairIteration<FormData, string | object>(FormData, "FormData", (data) => listOf(data).entries);

  function makeEntry(name: unknown, value: unknown, filename: unknown, hasFilename: boolean): Entry {
    const key = toUsvString(name);
    if (!isBlob(value)) {
      if (hasFilename) throw new TypeError("FormData: only a Blob can have a file name");
      return [key, toUsvString(value)];
    }
    if (isFile(value) && !hasFilename) return [key, value];
    const { bytes, type } = partsOf(value);
    const options = isFile(value) ? { type, lastModified: value.lastModified } : { type };
    return [key, new File([bytes], hasFilename ? toUsvString(filename) : "blob", options)];
  }

  function serializeMultipart(data: object): { bytes: Uint8Array; contentType: string } {
    const random = lazy.callHost("random", "", "18").replaceAll(/[^0-9A-Za-z]/g, "");
    const boundary = `----formdata-${random}`;
    const chunks: Uint8Array[] = [];
    for (const [name, value] of listOf(data).entries) {
      const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(name)}"`;
      if (isFile(value)) {
        const { bytes, type } = partsOf(value);
        const fileType = type === "" ? "application/octet-stream" : type;
        chunks.push(
          encodeUtf8(
            `${head}; filename="${escapeName(value.name, false)}"\r\nContent-Type: ${fileType}\r\n\r\n`,
          ),
        );
        chunks.push(bytes, encodeUtf8("\r\n"));
      } else {
        chunks.push(encodeUtf8(`${head}\r\n\r\n${lineBreaks(toUsvString(value))}\r\n`));
      }
    }
    chunks.push(encodeUtf8(`--${boundary}--\r\n`));
    const { bytes } = partsOf(new Blob(chunks));
    return { bytes, contentType: `multipart/form-data; boundary=${boundary}` };
  }

  function parseForm(bytes: Uint8Array, contentType: string | null): FormData {
    const type = readContentType(contentType);
    const data = new FormData();
    if (type?.essence === "application/x-www-form-urlencoded") {
      for (const [name, value] of lazy.use("urls").parseForm(decodeUtf8(bytes))) data.append(name, value);
      return data;
    }
    const boundary = type?.essence === "multipart/form-data" ? type.parameters.get("boundary") : undefined;
    const parts = boundary === undefined ? null : splitMultipart(bytes, boundary);
    if (parts === null) throw new TypeError("The body is not a form");
    for (const part of parts) {
      if (part.filename === null) data.append(part.name, decodeUtf8Text(part.bytes));
      else data.append(part.name, new File([part.bytes], part.filename, { type: part.contentType }));
    }
    return data;
  }

  return {
    globals: { Blob, File, FormData },
    isBlob,
    isFile,
    isFormData: (value: unknown) => isFormData(value),
    blobParts: partsOf,
    makeBlob: (bytes: Uint8Array, contentType: string | null): object => {
      const type = readContentType(contentType);
      return blobOf(bytes, type === null ? "" : mimeTypeText(type));
    },
    copyBlob: (blob: object): object => {
      const { bytes, type } = partsOf(blob);
      if (!isFile(blob)) return blobOf(bytes, type);
      return new File([bytes], blob.name, { type, lastModified: blob.lastModified });
    },
    serializeMultipart,
    parseForm,
  };
}

function escapeName(name: string, hasLineBreaks = true): string {
  const text = hasLineBreaks ? lineBreaks(name) : name;
  return text.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}

function lineBreaks(text: string): string {
  return text.replaceAll(/\r\n?|\n/g, "\r\n");
}
