const NAMES = [
  "Array",
  "ArrayBuffer",
  "BigInt",
  "BigInt64Array",
  "BigUint64Array",
  "Boolean",
  "DataView",
  "Date",
  "Error",
  "EvalError",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "Int16Array",
  "Int32Array",
  "Int8Array",
  "JSON",
  "Map",
  "Math",
  "Number",
  "Object",
  "Promise",
  "Proxy",
  "RangeError",
  "ReferenceError",
  "Reflect",
  "RegExp",
  "Set",
  "String",
  "Symbol",
  "SyntaxError",
  "TypeError",
  "URIError",
  "Uint16Array",
  "Uint32Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "WeakMap",
  "WeakRef",
  "WeakSet",
  "decodeURIComponent",
  "encodeURIComponent",
];

/**
 * Statements that take the language's globals out of the object `from` into constants. In front of the sandbox's code
 * they keep that code's own references, whatever a script does to the globals. In strict code, moreover, a script's
 * `Error.prepareStackTrace` gets no function and no `this` of ours.
 */
export function captureIntrinsics(from: string): string {
  return `"use strict";\nconst {${NAMES.join(",")}} = ${from};\n`;
}
