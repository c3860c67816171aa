/** Tickets that agents follow: each their own. */
import { expect, test } from 'vitest'
import { nodeIdOf } from '#platform/graphql/node-ids.ts'
import { servePeople } from './people.ts'

const { askAs } = await servePeople()

type Followed = {
  ticket: { id: string; version: number; isFollowedByViewer: boolean } | null
  errors: { code: string }[]
}
async function follow(name: string, id: string, wanted = true): Promise<Followed> {
  const document = `mutation ($input: TicketFollowInput!) { ticketFollow(input: $input) {
    ticket { id version isFollowedByViewer } errors { code } } }`
  const { data } = await askAs(name, document, { input: { id, follow: wanted } })
  return (data as { ticketFollow: Followed }).ticketFollow
}
async function following(name: string) {
  const query = `{ followed: tickets(filter: { isFollowed: true }) { totalCount nodes { id isFollowedByViewer } }
    others: tickets(filter: { isFollowed: false }) { totalCount } all: tickets { totalCount }
    views { name ticketCount } }`
  const { data } = await askAs(name, query)
  const lists = data as Record<'followed' | 'others' | 'all', { totalCount: number; nodes: { id: string }[] }>
  const { views } = data as { views: { name: string; ticketCount: number }[] }
  expect(lists.followed.totalCount + lists.others.totalCount).toBe(lists.all.totalCount)
  expect(views.find((view) => view.name === 'Following')?.ticketCount).toBe(lists.followed.totalCount)
  return lists.followed.nodes
}

test('an agent follows a ticket and no longer, alone, as often as they like', async () => {
  const { data } = await askAs('ana', '{ tickets(first: 1) { nodes { id version } } }')
  const [ticket] = (data as { tickets: { nodes: [{ id: string; version: number }] } }).tickets.nodes
  for (const _time of [1, 2]) {
    const { ticket: followed, errors } = await follow('ana', ticket.id)
    expect([followed, errors]).toEqual([{ ...ticket, isFollowedByViewer: true }, []])
  }
  expect(await following('ana')).toEqual([{ id: ticket.id, isFollowedByViewer: true }])
  for (const name of ['bob', 'program']) expect(await following(name)).toEqual([])
  expect((await follow('ana', ticket.id, false)).ticket?.isFollowedByViewer).toBe(false)
  expect(await following('ana')).toEqual([])
})

test('a program and a contact follow nothing, and a missing ticket cannot be followed', async () => {
  const { data } = await askAs('customer', '{ tickets(first: 1) { nodes { id isFollowedByViewer } } }')
  const [own] = (data as { tickets: { nodes: [{ id: string; isFollowedByViewer: boolean }] } }).tickets.nodes
  expect(own.isFollowedByViewer).toBe(false)
  for (const name of ['program', 'customer'])
    expect((await follow(name, own.id)).errors).toMatchObject([{ code: 'FORBIDDEN' }])
  const missing = nodeIdOf('Ticket', crypto.randomUUID())
  expect((await follow('ana', missing)).errors).toMatchObject([{ code: 'NOT_FOUND' }])
})
