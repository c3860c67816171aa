/**
 * OneBox's wire shapes. The field names are SEEN in the vendor's API reference unless marked; the values are not
 * promised: numbers and booleans come as text in one place and as numbers in the next, so every field is read with
 * `reading.ts`.
 */
import type { Json } from '#connectors/contract.ts'

type Wire<Field extends string> = { [F in Field]?: Json }

/** A row of `GET /api/ticketrz`: names for people where `Ticket` has codes and ids. */
export type TicketRow = Wire<
  | 'Id'
  | 'Requestor'
  | 'Assignee'
  | 'Subject'
  | 'Description'
  | 'Viewer'
  | 'DueDate'
  | 'CreateDate'
  | 'ModifyDate'
  | 'Media'
  | 'Product'
  | 'Region'
  | 'Category'
  | 'Status'
  | 'Priority'
  | 'Attachments'
  | 'Tags'
>

/** `GET /api/ticketrz/{id}`, without an envelope: codes and ids. */
export type Ticket = Wire<
  | 'Id'
  | 'SiteId'
  | 'Requestor'
  | 'Assignee'
  | 'Cc'
  | 'Subject'
  | 'Content'
  | 'Description'
  | 'Solution'
  | 'Remarks'
  | 'ContactId'
  | 'PriorityId'
  | 'PriorityValue'
  | 'CategoryId'
  | 'DueDate'
  | 'ViewDate'
  | 'OpenDate'
  | 'OpenUser'
  | 'ReOpenDate'
  | 'SolveDate'
  | 'CloseDate'
  | 'PendingDate'
  | 'Comment'
  | 'MessageId'
  | 'TypeId'
  | 'MediaId'
  | 'StatusId'
  | 'CommentDate'
  | 'UnseenComment'
  | 'ModifyDate'
  | 'ResponseTime'
  | 'ResolutionTime'
  | 'CloseUser'
  | 'SolveUser'
  | 'StatusDate'
  | 'Modifier'
  | 'Creator'
  | 'CreateDate'
  | 'ExpireDate'
  | 'AssigneeList'
  | 'AssigneeTextList'
>

/**
 * A message. In `GET /api/ticket/conversations/{id}` `Content` is text and `Contents` a list; in `GET /api/message` and
 * `GET /api/message/{id}` `Content` is an object, there are no `Contents`, and `Attachments` are there.
 */
export type Message = Wire<
  | 'Id'
  | 'SiteId'
  | 'ConnectionId'
  | 'ObjectName'
  | 'ObjectId'
  | 'Subject'
  | 'Description'
  | 'Remarks'
  | 'Date'
  | 'ReceiveDate'
  | 'SendDate'
  | 'MediaId'
  | 'MethodId'
  | 'PriorityValue'
  | 'PriorityId'
  | 'TypeId'
  | 'SecrecyId'
  | 'Incoming'
  | 'From'
  | 'To'
  | 'Cc'
  | 'Bcc'
  | 'StatusId'
  | 'Retry'
  | 'Attachment'
  | 'BatchId'
  | 'Spam'
  | 'Processing'
  | 'RemoteId'
  | 'ParentId'
  | 'PreviousId'
  | 'SourceId'
  | 'CreateDate'
  | 'Creator'
  | 'ModifyDate'
  | 'Modifier'
  | 'ExpireDate'
  | 'ViewDate'
  | 'ConversationId'
  | 'Reply'
  | 'PrevRemoteId'
  | 'ParentRemoteId'
  | 'Content'
  | 'Contents'
  | 'FromName'
  | 'Attachments'
>

export type Content = Wire<
  'Id' | 'ObjectName' | 'ObjectId' | 'Body' | 'BodyText' | 'Meta' | 'TemplateId' | 'ContentType' | 'Encoding'
>

/**
 * A file of a message. ASSUMED: the shape of an answer is not documented; this is what `POST /api/message` takes
 * (`Description`, `File.Date`, `File.Name`, `File.Path` or base64 `File.Content`), flat spellings beside it.
 */
export type Attachment = Wire<
  | 'Id'
  | 'Description'
  | 'File'
  | 'Name'
  | 'FileName'
  | 'Path'
  | 'Url'
  | 'Size'
  | 'Type'
  | 'MimeType'
  | 'ContentType'
  | 'Date'
  | 'Content'
>

/** A row of `GET /api/connection`: an account of a channel, with its live `Password` and `Token` in clear. */
export type Connection = Wire<
  'Id' | 'MediaId' | 'Name' | 'UserId' | 'Password' | 'Token' | 'From' | 'StatusId' | 'TargetId' | 'Enabled'
>

/** A contact, as `POST /api/contactrz` answers it; that it can be listed and read is ASSUMED. */
export type Contact = Wire<'Id' | 'Name' | 'Phone' | 'Fax' | 'Email' | 'Mobile' | 'TwitterId' | 'FacebookId' | 'Media'>
