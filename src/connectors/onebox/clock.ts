/** Clocks on walls: the times of day OneBox writes and reads, which carry no zone. */
import { timeOf } from '#connectors/reading.ts'

/** `YYYY-MM-DD HH:mm:ss` as a clock in the zone shows it. */
export function wallClock(at: Date, zone: string): string {
  // The Swedish way to write a date is the one OneBox uses.
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at)
}

/** The next moment a clock in the zone shows the hour, e.g. `18:00`; never `now` itself. */
export function nextHour(hour: string, zone: string, now: Date): Date {
  for (const daysAhead of [0, 1, 2]) {
    const day = wallClock(new Date(now.getTime() + daysAhead * 86_400_000), zone).slice(0, 10)
    const moment = timeOf(`${day} ${hour}:00`, zone)
    if (moment && moment > now) return moment
  }
  return new Date(now.getTime() + 86_400_000)
}
