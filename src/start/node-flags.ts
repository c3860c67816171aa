/**
 * What every process of ours that serves is started with; `npm start` and the first line of `main.ts` say the same. By
 * itself V8 goes by the size of the machine (24 GB), and lets a gateway under load grow to 385 MB, of which 42 MB are held.
 * With young objects in 3 × 16 MB it is 280 MB, with a limit to the old generation too 190 to 230 MB, whether that is 256 or
 * 768 MB: so there is room for many open streams.
 */
export const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=512']
