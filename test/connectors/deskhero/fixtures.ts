/** Written by hand in the shape of DeskHero's reference pages; all people are invented. */
import type { JsonObject } from '#connectors/contract.ts'

export const agentRef = {
  profile_pic: 'https://pics.example/ana.png?sig=PICTURESECRET&expires=1',
  email: 'ana@desk.example',
  id: 31,
  label: 'Ana Lind',
}

export const contact = {
  user_id: 902,
  email: 'budi@customer.example',
  name: 'Budi Santoso',
  profile_pic: 'https://pics.example/budi.png?s=80',
}

/** One entry with everything the seed page names. */
export const fullEntry: JsonObject = {
  sys_status: { bg_color: '#fff3e0', text_color: '#e65100', id: 2, label: 'Open' },
  created_by: { profile_pic: null, email: 'budi@customer.example', id: 902, label: 'Budi Santoso' },
  last_updated_by: agentRef,
  requester: contact,
  last_message_extracted: 'The printer is  on fire.\n',
  sys_attachments: [
    {
      size_kb: 12,
      status: 2,
      status_message: null,
      download_url: 'https://acme.deskhero.example/files/77?k=FILESECRET',
      id: 77,
      label: 'fire.png',
    },
  ],
  id: 5001,
  ticket_id: 1042,
  created: '2026-03-04T05:06:07.1234567',
  last_updated: '2026-03-04T05:16:07.7654321',
  type: 1,
  email_addresses: [
    { email: 'budi@customer.example', name: 'Budi Santoso', direction: 1 },
    { email: 'help@desk.example', name: null, direction: 2 },
  ],
  sys_content_rich: {
    plain_preview: 'The printer is  on fire.\n\nOn Monday you wrote: calm down',
    html: '<p>The printer is on fire.</p><blockquote>On Monday you wrote: calm&nbsp;down</blockquote>',
    editorjs: {
      time: 1772600767123,
      version: '2.26.5',
      blocks: [{ id: 'b1', type: 'paragraph', data: { text: 'The printer is <b>on fire</b>.' } }],
    },
    read_minutes: 2,
  },
}

export const ticket: JsonObject = {
  id: 1042,
  label: 'Printer',
  sys_status: { id: 2, label: 'Open', bg_color: '#fff3e0', text_color: '#e65100' },
  sys_priority: { id: 12, label: 'High', bg_color: '#f57c00', text_color: '#ffffff' },
  sys_type: { id: 40, label: 'Incident' },
  sys_tags: [{ id: 8, label: 'printer', bg_color: '#00aa00', text_color: '#ffffff' }, 'loose-word'],
  requester: contact,
  assigned_to: agentRef,
  assigned_group: { id: 3, label: 'Second line' },
  created: '2026-03-04T05:06:07',
  last_updated: '2026-03-04T05:20:00.5',
  merged_to_ticket_id: null,
}

export function complete(partial: JsonObject = {}): JsonObject {
  return {
    ticket,
    conversations: [fullEntry],
    suggested_reply: null,
    auto_saved_reply: null,
    more_like_this: [],
    ...partial,
  }
}

export function entry(partial: JsonObject): JsonObject {
  return { ...fullEntry, ...partial }
}
