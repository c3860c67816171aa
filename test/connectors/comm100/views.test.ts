/** Conditions of views in our words: exactly, or not at all. */
import { describe, expect, test } from 'vitest'
import { filterFrom } from '#connectors/comm100/view-condition.ts'
import type { Json } from '#connectors/contract.ts'

const [one, two] = ['0a1b2c3d-0000-4000-8000-00000000000a', '0a1b2c3d-0000-4000-8000-00000000000b']
const row = (field: string, operator: string, value: Json, order = 1) => ({ field, operator, value, order })
const all = (...conditions: Json[]) => ({ conditionMetType: 'all', conditions })
const only = (field: string, operator: string, value: Json) => filterFrom(all(row(field, operator, value)), {})

describe('a condition', () => {
  test.each<[string, string, Json, object]>([
    ['status', 'is', 'pendingInternal', { status: ['PENDING_INTERNAL'] }],
    ['status', 'isOneOf', ['new', 'onHold'], { status: ['NEW', 'ON_HOLD'] }],
    ['Status', 'isNot', 'resolved', { not: { status: ['RESOLVED'] } }],
    ['priority', 'isNotIn', ['low', 'normal'], { not: { priority: ['LOW', 'NORMAL'] } }],
    ['assigneeId', 'is', one.toUpperCase(), { assigneeExternalIds: [one] }],
    ['assigneeId', 'is', '00000000-0000-0000-0000-000000000000', { isAssigned: false }],
    ['assigneeId', 'isNot', '00000000-0000-0000-0000-000000000000', { not: { isAssigned: false } }],
    ['departmentAssigneeId', 'isOneOf', [one, two], { departmentExternalIds: [one, two] }],
    ['tags', 'contains', one, { tagExternalIds: [one] }],
    ['tagIds', 'notContains', one, { not: { tagExternalIds: [one] } }],
    ['channelId', 'is', 'Email', { channelTypes: ['EMAIL'] }],
    ['subject', 'contains', 'refund', { subjectContains: 'refund' }],
    ['subject', 'notContains', 'refund', { not: { subjectContains: 'refund' } }],
    ['createdTime', 'before', '2026-03-01T08:00:00+02:00', { createdAt: { to: '2026-03-01T06:00:00.000Z' } }],
    ['lastRepliedTime', 'after', '2026-03-01T06:00:00Z', { lastRepliedAt: { from: '2026-03-01T06:00:00.001Z' } }],
  ])('%s %s is said in our words', (field, operator, value, filter) => {
    expect(only(field, operator, value)).toEqual({ and: [filter] })
  })

  test.each<[string, string, string, Json]>([
    ['a field nobody knows', 'mood', 'is', 'good'],
    ['a pattern', 'subject', 'regularExpression', 'a.*b'],
    ['an equal subject', 'subject', 'is', 'Refund'],
    ['a comparison of numbers', 'priority', 'isMoreThan', 'low'],
    ['a status nobody knows', 'status', 'is', 'sleeping'],
    ['"me"', 'assigneeId', 'is', 'me'],
    ['no id', 'tags', 'contains', 'billing'],
    ['a word that shares its kind', 'channelId', 'is', 'Messenger'],
    ["a channel's id", 'channelId', 'is', one],
    ["a day without its zone's name", 'createdTime', 'before', '2026-03-01'],
    ['a moment without a zone', 'createdTime', 'before', '2026-03-01T00:00:00'],
    ['nothing', 'status', 'is', null],
    ['none of nothing', 'status', 'isOneOf', []],
  ])('with %s is left to the vendor', (_what, field, operator, value) => {
    expect(only(field, operator, value)).toBeNull()
  })

  test("of one of several words that became one of ours stays the vendor's word", () => {
    const condition = all(row('status', 'is', 'waiting'))
    expect(filterFrom(condition, { waiting: 'ON_HOLD' })).toEqual({ and: [{ rawStatus: ['waiting'] }] })
    const both = all(row('status', 'isOneOf', ['waiting', 'onHold']))
    expect(filterFrom(both, { waiting: 'ON_HOLD' })).toEqual({ and: [{ status: ['ON_HOLD', 'ON_HOLD'] }] })
  })
})

describe('conditions together', () => {
  const rows = [row('status', 'is', 'new', 1), row('priority', 'is', 'high', 2), row('tags', 'contains', one, 3)]
  const [isNew, isHigh, isTagged] = [{ status: ['NEW'] }, { priority: ['HIGH'] }, { tagExternalIds: [one] }]
  const expressed = (logicalExpression: string) =>
    filterFrom({ conditionMetType: 'logicalExpression', logicalExpression, conditions: rows }, {})

  test('all and any', () => {
    expect(filterFrom({ conditionMetType: 'all', conditions: rows }, {})).toEqual({ and: [isNew, isHigh, isTagged] })
    expect(filterFrom({ conditionMetType: 'any', conditions: rows }, {})).toEqual({ or: [isNew, isHigh, isTagged] })
  })

  test.each<[string, object | null]>([
    ['1 and (2 or 3)', { and: [isNew, { or: [isHigh, isTagged] }] }],
    ['1 OR 2 AND 3', { or: [isNew, { and: [isHigh, isTagged] }] }],
    ['NOT (1 || 2) && !3', { and: [{ not: { or: [isNew, isHigh] } }, { not: isTagged }] }],
    ['((2))', isHigh],
    ['1 and 4', null],
    ['1 and', null],
    ['(1 or 2', null],
    ['1 2', null],
    ['', null],
  ])('the expression %s', (text, filter) => expect(expressed(text)).toEqual(filter))

  test('one that cannot be said spoils all of them; none at all are no condition', () => {
    expect(filterFrom(all(...rows, row('mood', 'is', 'good')), {})).toBeNull()
    for (const condition of [all(), null, 'all', { conditionMetType: 'most', conditions: rows }])
      expect(filterFrom(condition, {})).toBeNull()
  })
})
