import { Composer, Lexer, LineCounter, Parser, type CST, type Document, type YAMLError } from "yaml";
import { START, type LocatedDocument, type Position } from "./located-document.ts";
import type { ProblemCode } from "./problem-codes.ts";
import type { ProblemList } from "./problem-list.ts";
import { VALUES_MAX, yamlToValue } from "./yaml-to-value.ts";

/** Largest manifest that is read, bytes of UTF-8. */
export const MANIFEST_BYTES_MAX = 256 * 1024;
/** Lists and maps within each other, the outermost included. */
const DEPTH_MAX = 32;
const COLLECTIONS: ReadonlySet<string> = new Set(["block-map", "block-seq", "flow-collection"]);
// A manifest is text: of the control characters only tab, line feed and carriage return belong in it.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
/** A value takes at most about ten, with its key, marks and spaces. More would only be built to be refused. */
const LEXEMES_MAX = 10 * VALUES_MAX;
const TEXT_SHOWN_MAX = 200;

/**
 * Reads one YAML document in bounded time and memory. Problems go to `problems`; null means that nothing more
 * can be said about the file. A document can be returned together with errors (a key given twice, say), so that
 * the other checks still run.
 */
export function parseDocument(text: string, problems: ProblemList): LocatedDocument | null {
  if (text.length > MANIFEST_BYTES_MAX || Buffer.byteLength(text) > MANIFEST_BYTES_MAX) {
    const limitKb = MANIFEST_BYTES_MAX / 1024;
    problems.error(START, "file-too-large", `The file is larger than ${limitKb} KiB, so it was not read.`);
    return null;
  }
  const control = CONTROL.exec(text);
  if (control !== null) {
    const code = text.charCodeAt(control.index).toString(16).padStart(2, "0");
    const message = `The file holds the control character 0x${code}, so it is not a text file.`;
    problems.error(positionIn(text, control.index), "file-binary", message);
    return null;
  }
  const lines = new LineCounter();
  const tokens = tokenize(text, lines, problems);
  return tokens === null ? null : compose(tokens, text, lines, problems);
}

function tokenize(text: string, lines: LineCounter, problems: ProblemList): CST.Token[] | null {
  const tokens: CST.Token[] = [];
  const parser = new Parser(lines.addNewLine);
  // Offset 0 begins the first line; the parser reports it only when it parses a whole text by itself.
  lines.addNewLine(0);
  let documents = 0;
  const keep = (token: CST.Token): boolean => {
    tokens.push(token);
    if (token.type !== "document") return true;
    documents += 1;
    if (documents === 1) return true;
    const message = "The file holds more than one document. Write one file for each.";
    problems.error(at(lines, token.offset), "yaml-many-documents", message);
    return false;
  };
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > LEXEMES_MAX) {
      const message = `The document holds more than ${VALUES_MAX} values.`;
      problems.error(at(lines, parser.offset), "yaml-too-many-values", message);
      return null;
    }
    for (const token of parser.next(lexeme)) if (!keep(token)) return null;
    // Most of a stack is not collections, so a short one need not be counted.
    if (parser.stack.length <= DEPTH_MAX) continue;
    const collections = parser.stack.filter((token) => COLLECTIONS.has(token.type));
    if (collections.length > DEPTH_MAX) {
      const message = `Values are nested more than ${DEPTH_MAX} levels deep.`;
      problems.error(at(lines, collections.at(-1)?.offset ?? 0), "yaml-too-deep", message);
      return null;
    }
  }
  for (const token of parser.end()) if (!keep(token)) return null;
  return tokens;
}

function compose(
  tokens: readonly CST.Token[],
  text: string,
  lines: LineCounter,
  problems: ProblemList,
): LocatedDocument | null {
  const directive = tokens.find((token) => token.type === "directive");
  if (directive !== undefined) {
    const message = "Directives such as %YAML and %TAG are not allowed. Manifests are plain YAML 1.2.";
    problems.error(at(lines, directive.offset), "yaml-directive", message);
    return null;
  }
  // The library compares every pair of keys; yamlToValue finds double keys in linear time.
  const options = { uniqueKeys: false, resolveKnownTags: false, strict: true, logLevel: "silent" } as const;
  const documents: Document.Parsed[] = [...new Composer(options).compose(tokens, true, text.length)];
  const document = documents[0];
  if (document === undefined) throw new Error("the composer made no document although it was told to");
  for (const error of document.errors) reportSyntax(error, lines, problems);
  if (document.errors.length > 0) return null;
  for (const warning of document.warnings) reportWarning(warning, lines, problems);
  const root = document.contents;
  if (root === null || isBlank(root)) {
    problems.error(START, "yaml-empty", "The file is empty.");
    return null;
  }
  return yamlToValue(root, text, lines, problems);
}

function isBlank(root: NonNullable<Document.Parsed["contents"]>): boolean {
  return root.range[0] === root.range[1];
}

function reportSyntax(error: YAMLError, lines: LineCounter, problems: ProblemList): void {
  const position = at(lines, error.pos[0]);
  if (error.code === "TAB_AS_INDENT") {
    problems.error(position, "yaml-tab", "Tabs cannot indent YAML. Use spaces.");
    return;
  }
  if (error.code === "MULTILINE_IMPLICIT_KEY") return; // Always together with the one below.
  if (error.code === "BLOCK_AS_IMPLICIT_KEY") {
    const message = "No key can begin here. Check the indentation, or quote the text if it holds a colon.";
    problems.error(position, "yaml-syntax", message);
    return;
  }
  const code: ProblemCode = error.code === "BAD_ALIAS" ? "yaml-alias" : "yaml-syntax";
  problems.error(position, code, syntaxMessage(firstLine(error.message)));
}

/** The library's message, in plainer words where people meet it often. */
function syntaxMessage(message: string): string {
  const bracket = /^Flow (?:sequence|map) .*end with a ([\]}])$/.exec(message)?.[1];
  if (bracket !== undefined) return `A closing "${bracket}" is missing before this place.`;
  const quote = /^Missing closing (['"])quote$/.exec(message)?.[1];
  if (quote !== undefined) return `A closing ${quote} is missing before this place.`;
  return `${message}.`;
}

function reportWarning(warning: YAMLError, lines: LineCounter, problems: ProblemList): void {
  const position = at(lines, warning.pos[0]);
  if (warning.code !== "TAG_RESOLVE_FAILED") {
    problems.error(position, "yaml-syntax", `${firstLine(warning.message)}.`);
    return;
  }
  const tag = firstLine(warning.message)
    .replace(/^Unresolved tag: /, "")
    .replace("tag:yaml.org,2002:", "!!");
  problems.error(position, "yaml-tag", `The tag ${tag} is not allowed. Manifests are plain data.`);
}

function firstLine(message: string): string {
  const line = message.split("\n", 1)[0] ?? "";
  return line.slice(0, TEXT_SHOWN_MAX).replace(/[.:]$/, "");
}

function at(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function positionIn(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: offset - lineStart + 1 };
}
