/** Answers in the shape OneBox sends, made up for these tests. */
import type { JsonObject } from '#connectors/contract.ts'

export const ticketId = '730211'

/** A comment on a Facebook page, all fields. */
export function messageWire(changes: JsonObject = {}): JsonObject {
  const id = String(changes.Id ?? '4410077')
  const body = String(changes.Content ?? 'Apakah toko buka hari ini?')
  return {
    Id: id,
    SiteId: '188',
    ConnectionId: '912',
    ObjectName: 'Ticket',
    ObjectId: ticketId,
    Subject: 'Jam buka',
    Description: 'from the page',
    Remarks: 'checked',
    Date: '2024-03-04 02:11:09',
    ReceiveDate: '2024-03-04 02:11:12',
    SendDate: null,
    MediaId: 'FCBK',
    MethodId: 'COMMENT',
    PriorityValue: '0',
    PriorityId: 'MSP1',
    TypeId: 'MST2',
    SecrecyId: 'MSC4',
    Incoming: '1',
    From: '8123400099',
    To: '55667788',
    Cc: null,
    Bcc: null,
    StatusId: 'MSS3',
    Retry: '2',
    Attachment: '0',
    BatchId: 'B-17',
    Spam: '0',
    Processing: 1,
    RemoteId: '55667788_4455',
    ParentId: '4410001',
    PreviousId: '4410050',
    SourceId: 'SRC9',
    CreateDate: '2024-03-04 02:11:13',
    Creator: '1',
    ModifyDate: '2024-03-04 02:12:00',
    Modifier: 1,
    ExpireDate: '3000-01-01 00:00:00',
    ViewDate: '2024-03-04 03:00:00',
    ConversationId: '660012',
    Reply: '0',
    PrevRemoteId: '55667788_4400',
    ParentRemoteId: '55667788_4300',
    Content: body,
    Contents: [contentWire({ Id: id, Body: body, BodyText: body })],
    FromName: 'Rani Putri',
    ...changes,
  }
}

export function contentWire(changes: JsonObject = {}): JsonObject {
  return {
    Id: '4410077',
    ObjectName: null,
    ObjectId: null,
    Body: 'Apakah toko buka hari ini?',
    BodyText: 'Apakah toko buka hari ini?',
    Meta: { lang: 'id' },
    TemplateId: '31',
    ContentType: 'text/html',
    Encoding: 'UTF-8',
    ...changes,
  }
}

export function threadWire(data: unknown, changes: object = {}) {
  return { response_code: '200', response_status: 'Success', type: 'message', ticketId, data, ...changes }
}

export function rowWire(changes: JsonObject = {}): JsonObject {
  return {
    Id: ticketId,
    Requestor: 'Rani Putri',
    Assignee: 'dimas',
    Subject: 'Jam buka',
    Description: '',
    Viewer: '77',
    DueDate: null,
    CreateDate: '2024-03-04 02:11:13',
    ModifyDate: '2024-03-05 06:00:00',
    Media: 'Facebook',
    Product: 'Toko',
    Region: null,
    Category: 'Question',
    Status: 'Open',
    Priority: 'Low',
    Attachments: [],
    Tags: 'jam, toko',
    ...changes,
  }
}

export function ticketWire(changes: JsonObject = {}): JsonObject {
  return {
    Id: ticketId,
    SiteId: '188',
    Requestor: '40021',
    Assignee: null,
    Subject: 'Jam buka',
    Content: 'Apakah toko buka hari ini?',
    Description: '',
    ContactId: '40021',
    PriorityId: 'TP1',
    PriorityValue: '0',
    CategoryId: '332',
    MediaId: 'FCBK',
    StatusId: 'TS2',
    TypeId: 'TT1',
    UnseenComment: '0',
    CreateDate: '2024-03-04 02:11:13',
    ModifyDate: '2024-03-05 06:00:00',
    StatusDate: '2024-03-05 05:59:00',
    CloseDate: null,
    SolveDate: null,
    SolveUser: null,
    ReOpenDate: '0000-00-00 00:00:00',
    ExpireDate: '3000-01-01 00:00:00',
    ResolutionTime: null,
    Creator: '1',
    AssigneeList: '77',
    AssigneeTextList: 'dimas',
    ...changes,
  }
}

export const contactWire: JsonObject = {
  Id: '40021',
  Name: 'Rani Putri',
  Phone: '',
  Fax: '',
  Email: 'rani@mail.example',
  Mobile: '+62 812-3400-099',
  TwitterId: '',
  FacebookId: '8123400099',
  Media: '',
}
