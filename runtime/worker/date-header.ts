let line = "";
let madeAtS = -1;

/** The date header's line with its end, made once a second. */
export function dateHeader(nowMs: number): string {
  const nowS = Math.floor(nowMs / 1000);
  if (nowS !== madeAtS) {
    madeAtS = nowS;
    line = `date: ${new Date(nowMs).toUTCString()}\r\n`;
  }
  return line;
}
