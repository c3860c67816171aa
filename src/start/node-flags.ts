/** What every process of ours that serves is started with. */
export const NODE_FLAGS = ['--max-semi-space-size=16', '--max-old-space-size=256']
