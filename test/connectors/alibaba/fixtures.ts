/** Answers in the shape of the reference's samples, with the odd things the samples and the wire are known to show. */
import type { JsonObject } from '#connectors/contract.ts'

export const row = (id = '0007QRSTU', status = '2'): JsonObject => ({
  TicketId: id,
  Title: 'Snapshot policy stopped',
  Status: { Label: 'Handling', Value: status },
})

export const ticket = (more: JsonObject = {}): JsonObject => ({
  ...row(),
  Description: 'Since Monday no snapshots are made.',
  CreateTime: 1_700_000_000_000,
  CreatorId: '2093471',
  CategoryId: '8124',
  Severity: { Label: 'Urgent', Value: '2' },
  ...more,
})

export const note = (more: JsonObject = {}): JsonObject => ({
  Type: 2,
  Status: 2,
  Tip: null,
  DialogId: 4711,
  CreateTime: 1_700_000_100_000,
  Dialog: { Schema: null, Content: 'We are looking into it.' },
  User: { Role: 2, Name: 'Engineer Zhao' },
  Attachments: [],
  ...more,
})

export const ours = (more: JsonObject = {}): JsonObject =>
  note({ DialogId: 4710, CreateTime: 1_700_000_000_500, User: { Role: 3, Name: 'ops@shop' }, ...more })

/** The official sample in spirit: a card type with a content, status 6, the text "null" twice. */
export const sample = (more: JsonObject = {}): JsonObject =>
  note({ Type: 1, Status: 6, Tip: 'null', Dialog: { Schema: 'null', Content: 'The restore has failed' }, ...more })

export const picture = {
  Name: 'console.png',
  Url: 'https://desk-files.oss-cn-hangzhou.aliyuncs.com/2023/11/ab12.png?Expires=1700003600&OSSAccessKeyId=LTAIfiles&Signature=do-not-show-this-signature',
}
