/** Runs in a worker thread, see `detector.ts`. */
import { guessLanguage } from './guess.ts'

export default guessLanguage
