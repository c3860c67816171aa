/** E-mails as mail programs write them: the new text with the quoted history below, as HTML and as plain text. */
import type { DeskMessage } from '../desk.ts'

export type QuotedMail = { html: string; text: string }

export type QuoteOptions = {
  text: string
  previous: Pick<DeskMessage, 'text' | 'at'> & { from: string; email: string }
  to: string
  subject: string
  language: string
}

export type MailClient = 'gmail' | 'outlook' | 'apple' | 'thunderbird' | 'yahoo' | 'qq' | 'webde'

/** The mail programs people who write this language use. */
export function mailClientsIn(language: string): MailClient[] {
  const everywhere: MailClient[] = ['gmail', 'outlook', 'apple', 'thunderbird', 'yahoo']
  return language === 'zh' ? ['qq', 'outlook', 'gmail'] : language === 'de' ? [...everywhere, 'webde'] : everywhere
}

export function quotedMail(client: MailClient, options: QuoteOptions): QuotedMail {
  return clients[client](options)
}

/** Plain text as a mail program would put it into HTML. */
export function htmlOf(text: string): string {
  return text
    .split('\n')
    .map((line) => `<p>${escaped(line)}</p>`)
    .join('')
}

const clients: Record<MailClient, (options: QuoteOptions) => QuotedMail> = {
  gmail: (options) => {
    const line = wroteLine(options)
    return {
      html:
        `<div dir="ltr">${lines(options.text)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">${escaped(line)}<br></div>` +
        `<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">${lines(options.previous.text)}</div></blockquote></div>`,
      text: `${options.text}\n\n${line}\n\n${arrows(options.previous.text)}`,
    }
  },
  outlook: (options) => {
    const header = headerLines(options)
    return {
      html:
        `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm;font-size:11.0pt;font-family:"Calibri",sans-serif;} --></style></head><body lang="${options.language}"><div class="WordSection1">` +
        `<p class="MsoNormal">${lines(options.text)}<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">` +
        `<p class="MsoNormal">${header.map(([name, value]) => `<b>${name}:</b> ${escaped(value)}`).join('<br>')}</p></div><p class="MsoNormal">${lines(options.previous.text)}</p></div></body></html>`,
      text: `${options.text}\n\n${header.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${options.previous.text}`,
    }
  },
  apple: (options) => {
    const line = wroteLine(options)
    return {
      html:
        `<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="overflow-wrap: break-word; -webkit-nbsp-mode: space;">${lines(options.text)}<br id="lineBreakAtBeginningOfMessage">` +
        `<div><br><blockquote type="cite"><div>${escaped(line)}</div><br class="Apple-interchange-newline"><div>${lines(options.previous.text)}</div></blockquote></div></body></html>`,
      text: `${options.text}\n\n${arrows(`${line}\n\n${options.previous.text}`)}`,
    }
  },
  thunderbird: (options) => {
    const line = wroteLine(options)
    return {
      html:
        `<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head><body><p>${lines(options.text)}</p><div class="moz-cite-prefix">${escaped(line)}<br></div>` +
        `<blockquote type="cite" cite="mid:${options.previous.at.getTime()}@mail.example.com"><p>${lines(options.previous.text)}</p></blockquote><div class="moz-signature">-- <br>${escaped(options.to)}</div></body></html>`,
      text: `${options.text}\n\n${line}\n${arrows(options.previous.text)}\n\n-- \n${options.to}`,
    }
  },
  yahoo: (options) => {
    const line = wroteLine(options)
    return {
      html: `<div class="ydp-yahoo-style-wrap" style="font-family:Helvetica Neue, Arial, sans-serif;font-size:13px;"><div dir="ltr">${lines(options.text)}</div></div><div id="yahoo_quoted_${options.previous.at.getTime() % 10_000_000_000}" class="yahoo_quoted"><div>${escaped(line)}</div><div><br></div><div>${lines(options.previous.text)}</div></div>`,
      text: `${options.text}\n\n    ${line}\n\n ${options.previous.text}`,
    }
  },
  qq: (options) => {
    const header = headerLines({ ...options, language: 'zh' })
    return {
      html:
        `<div>${lines(options.text)}</div><div><br></div><div><includetail><div>&nbsp;</div><div style="font:Verdana normal 14px;color:#000;"><div style="font-size: 12px;padding:2px 0;">------------------&nbsp;原始邮件&nbsp;------------------</div>` +
        `<div style="font-size: 12px;background:#efefef;padding:8px;">${header.map(([name, value]) => `<div><b>${name}:</b>&nbsp;${escaped(value)}</div>`).join('')}</div><div>${lines(options.previous.text)}</div></div></includetail></div>`,
      text: `${options.text}\n\n------------------ 原始邮件 ------------------\n${header.map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n${options.previous.text}`,
    }
  },
  webde: (options) => {
    const header = headerLines(options)
    return {
      html: `<div style="font-family: Verdana;font-size: 12.0px;"><div>${lines(options.text)}</div><div name="quote" style="margin:10px 5px 5px 10px;padding: 10px 0 10px 10px;border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;">${header.map(([name, value]) => `<b>${name}:</b>&nbsp;${escaped(value)}`).join('<br/>')}</div><div name="quoted-content">${lines(options.previous.text)}</div></div></div>`,
      text: `${options.text}\n\n${header.map(([name, value]) => `${name}: ${value}`).join('\n')}\n${options.previous.text}`,
    }
  },
}

const locales: Record<string, string> = { en: 'en-GB', id: 'id-ID', zh: 'zh-CN', de: 'de-DE', pt: 'pt-BR', ru: 'ru-RU' }

function wroteLine({ language, previous: { at, from, email } }: QuoteOptions): string {
  const date = new Intl.DateTimeFormat(locales[language] ?? 'en-GB', { dateStyle: 'full', timeZone: 'UTC' }).format(at)
  const time = at.toISOString().slice(11, 16)
  const who = `${from} <${email}>`
  switch (language) {
    case 'id':
      return `Pada ${date} pukul ${time} ${who} menulis:`
    case 'zh':
      return `${who} 于${date} ${time}写道：`
    case 'de':
      return `Am ${date} um ${time} Uhr schrieb ${who}:`
    case 'pt':
      return `Em ${date} às ${time}, ${who} escreveu:`
    case 'ru':
      return `${date} в ${time}, ${who} пишет:`
    default:
      return `On ${date} at ${time}, ${who} wrote:`
  }
}

const headers: Record<string, [string, string, string, string]> = {
  en: ['From', 'Sent', 'To', 'Subject'],
  id: ['Dari', 'Dikirim', 'Kepada', 'Perihal'],
  zh: ['发件人', '发送时间', '收件人', '主题'],
  de: ['Von', 'Gesendet', 'An', 'Betreff'],
  pt: ['De', 'Enviado', 'Para', 'Assunto'],
  ru: ['От', 'Отправлено', 'Кому', 'Тема'],
}

function headerLines({ language, previous, to, subject }: QuoteOptions): [string, string][] {
  const [from, sent, recipient, about] = headers[language] ?? (headers.en as [string, string, string, string])
  const date = new Intl.DateTimeFormat(locales[language] ?? 'en-GB', {
    dateStyle: 'full',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(previous.at)
  return [
    [from, `${previous.from} <${previous.email}>`],
    [sent, date],
    [recipient, to],
    [about, subject],
  ]
}

function lines(text: string): string {
  return text.split('\n').map(escaped).join('<br>')
}

function arrows(text: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
