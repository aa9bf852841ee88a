import ivm from "isolated-vm";

/** Compiles without running anything; the code for V8 to load later, or null when the source does not compile. */
export async function compileCode(
  source: string,
  filename: string,
  memoryMb: number,
): Promise<Uint8Array | null> {
  const isolate = new ivm.Isolate({ memoryLimit: memoryMb });
  try {
    const script = await isolate.compileScript(source, { filename, produceCachedData: true });
    // Its type declarations do not know this property.
    const made: unknown = Reflect.get(script, "cachedData");
    if (!(made instanceof ivm.ExternalCopy)) return null;
    const bytes: unknown = made.copy();
    return bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : null;
  } catch {
    return null;
  } finally {
    if (!isolate.isDisposed) isolate.dispose();
  }
}
