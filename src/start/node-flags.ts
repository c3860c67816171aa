/**
 * What every process of ours that serves is started with; `npm start` and the first line of `main.ts` say the same. By
 * itself V8 goes by the size of the machine, and lets an inbox under load grow to 385 MB, of which 42 MB are held: young
 * objects in 16 MB make 280 MB of it, an old generation that may not grow far 225 MB. Under 8 MB the saving is small and
 * collecting begins to cost. Ten thousand open streams fit as well.
 */
export const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=512']
