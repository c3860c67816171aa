/** The saved views of the sandbox: with conditions of each kind, and one that only the vendor can follow. */
import type { Desk, DeskTicket } from '#connectors/sandbox/desk.ts'
import { guid, priorityWords, shouted, statusWords, zeroGuid } from './sandbox-words.ts'

type Condition = { field: string; operator: string; value: unknown }
type SandboxView = {
  id: string
  name: string
  isPrivate: boolean
  metType: 'all' | 'any' | 'logicalExpression'
  expression?: string
  conditions: Condition[]
  fits(ticket: DeskTicket): boolean
}

const ofStatus = (number: number, name: string, status: string): SandboxView => ({
  ...{ id: guid('view', number), name, isPrivate: false, metType: 'all' },
  conditions: [{ field: 'status', operator: 'is', value: status }],
  fits: (ticket) => statusWords[ticket.status] === status,
})

const isPriority = ({ priority }: DeskTicket, ...words: string[]) =>
  priority !== null && words.includes(priorityWords[priority])

export function viewsOf({ tags }: Desk): SandboxView[] {
  const tagId = tags[0]?.id ?? 0
  return [
    ofStatus(1, 'New tickets', 'new'),
    ofStatus(2, 'Waiting for us', 'pendingInternal'),
    ofStatus(3, 'On hold', 'onHold'),
    {
      ...{ id: guid('view', 4), name: 'Urgent or tagged', isPrivate: false, metType: 'any' },
      conditions: [
        { field: 'priority', operator: 'isOneOf', value: ['urgent', 'high'] },
        { field: 'tags', operator: 'contains', value: shouted(guid('tag', tagId)) },
      ],
      fits: (ticket) => isPriority(ticket, 'urgent', 'high') || ticket.tagIds.includes(tagId),
    },
    {
      ...{ id: guid('view', 5), name: 'Unassigned and open', isPrivate: false, metType: 'logicalExpression' },
      expression: '1 and (2 or 3)',
      conditions: [
        { field: 'assigneeId', operator: 'is', value: zeroGuid },
        { field: 'status', operator: 'isNot', value: 'resolved' },
        { field: 'priority', operator: 'is', value: 'urgent' },
      ],
      fits: (ticket) =>
        ticket.assigneeId === null && (statusWords[ticket.status] !== 'resolved' || isPriority(ticket, 'urgent')),
    },
    {
      ...{ id: guid('view', 6), name: 'Order numbers', isPrivate: false, metType: 'all' },
      conditions: [{ field: 'subject', operator: 'regularExpression', value: '[A-Z]{2}-\\d{4}' }],
      fits: ({ subject }) => /[A-Z]{2}-\d{4}/.test(subject),
    },
  ]
}

export function viewWire(view: SandboxView, withCondition: boolean) {
  const { id, name, isPrivate, metType, expression, conditions } = view
  const viewCondition = {
    conditionMetType: metType,
    ...(expression && { logicalExpression: expression }),
    conditions: conditions.map((condition, index) => ({ ...condition, order: index + 1 })),
  }
  return { id: shouted(id), name, isPrivate, ...(withCondition && { viewCondition }) }
}
