/** Bounds of one build. A repository that needs more is refused, not slowed down. */
export const buildLimits = {
  /** Heap of the build process, and what esbuild's own tries to stay under, MiB. */
  heapMbMax: 512,
  bundleBytesMax: 10 * 1024 * 1024,
  sourceMapBytesMax: 50 * 1024 * 1024,
  /** One file of the checkout; larger ones are left out, and importing one is an error. */
  fileBytesMax: 10 * 1024 * 1024,
  checkoutBytesMax: 200 * 1024 * 1024,
  checkoutFilesMax: 20_000,
  /** All dependencies, unpacked. */
  installBytesMax: 200 * 1024 * 1024,
  installFilesMax: 50_000,
  tarballBytesMax: 50 * 1024 * 1024,
  packumentBytesMax: 50 * 1024 * 1024,
  tarballCacheBytesMax: 512 * 1024 * 1024,
  problemsMax: 50,
} as const;
