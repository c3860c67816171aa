/** Draws tickets and asks our own server for their place in the inbox, so that later pages are asked for as clients do. */
import { chanceFrom } from '../data/texts.ts'
import { idOfTicket } from '../data/rows.ts'
import { ask } from './ask.ts'
