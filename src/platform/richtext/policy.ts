/**
 * What may stand in HTML that we show. A positive list: whatever is not named here is removed, its text stays. Runs in a
 * worker thread, see `clean-html.ts`, since hostile HTML can keep the parser busy for seconds.
 */
import sanitizeHtml from 'sanitize-html'

const WEB_OR_MAIL = /^(?:https?:\/\/|mailto:|tel:)/i
const WEB = /^https?:\/\//i
const CONTENT_ID = /^cid:/i

/** Deeper tags are dropped, their text stays. Mails of Outlook reach 40; past some hundred the parser gets slow. */
const MAX_NESTING = 100

const options: sanitizeHtml.IOptions = {
  allowedTags: [
    ...[
      'a',
      'abbr',
      'address',
      'b',
      'bdi',
      'bdo',
      'big',
      'blockquote',
      'br',
      'caption',
      'center',
      'cite',
      'code',
      'col',
    ],
    ...['colgroup', 'dd', 'del', 'details', 'dfn', 'div', 'dl', 'dt', 'em', 'figcaption', 'figure', 'h1', 'h2', 'h3'],
    ...['h4', 'h5', 'h6', 'hr', 'i', 'img', 'ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre', 'q', 's', 'samp', 'small'],
    ...[
      'span',
      'strike',
      'strong',
      'sub',
      'summary',
      'sup',
      'table',
      'tbody',
      'td',
      'tfoot',
      'th',
      'thead',
      'tr',
      'tt',
    ],
    ...['u', 'ul', 'var', 'wbr'],
  ],
  allowedAttributes: {
    a: ['href', 'rel', 'target', 'title'],
    img: ['alt', 'title', 'width', 'height', 'data-original', 'data-cid'],
    ol: ['start'],
    td: ['colspan', 'rowspan', 'align'],
    th: ['colspan', 'rowspan', 'align'],
    '*': ['dir', 'lang'],
  },
  // The transformations below decide about addresses; nothing else may carry one.
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowProtocolRelative: false,
  // Their text is code or a form's, not something said.
  nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'title', 'template', 'xmp', 'svg', 'math'],
  parseStyleAttributes: false,
  nestingLimit: MAX_NESTING,
  transformTags: {
    a: (tagName, { href, title }) => ({ tagName, attribs: linkTo(href, title) }),
    img: (tagName, attributes) => ({ tagName, attribs: imageOf(attributes) }),
  },
}

export function sanitise(html: string): string {
  return sanitizeHtml(html, options)
}

function linkTo(href: string | undefined, title: string | undefined): sanitizeHtml.Attributes {
  const attributes: sanitizeHtml.Attributes = title ? { title } : {}
  const address = href?.trim() ?? ''
  if (!WEB_OR_MAIL.test(address)) return attributes
  return { ...attributes, href: address, rel: 'noopener noreferrer nofollow', target: '_blank' }
}

/** Never a `src`: a picture from elsewhere tells its server who reads the mail, and when. */
function imageOf({ src = '', alt, title, width, height }: sanitizeHtml.Attributes): sanitizeHtml.Attributes {
  const attributes: sanitizeHtml.Attributes = {}
  const address = src.trim()
  if (WEB.test(address)) attributes['data-original'] = address
  if (CONTENT_ID.test(address)) attributes['data-cid'] = address.slice(4)
  if (alt) attributes.alt = alt
  if (title) attributes.title = title
  if (width && /^\d{1,4}%?$/.test(width)) attributes.width = width
  if (height && /^\d{1,4}%?$/.test(height)) attributes.height = height
  return attributes
}
