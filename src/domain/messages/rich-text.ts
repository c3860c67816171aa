/** `RichText`: one body in every shape a screen may want. The big columns are read only when one of them is asked for. */
import { builder } from '#platform/graphql/builder.ts'
import { countRemotePictures, withRemotePictures } from '#platform/pictures/remote.ts'
import { htmlOfText, previewOf } from '#platform/richtext/plain-text.ts'

/** What is known at once, and how to get the rest. */
export type RichTextShape = {
  /** A row is handed on whole, so that only what is asked for counts as read. `preview`: the first 200 characters, folded. */
  known: { preview: string; readMinutes: number }
  body: () => Promise<BodyShape>
}
export type BodyShape = {
  bodyText: string
  bodyHtml: string | null
  bodyHtmlClean: string | null
  quotedText: string | null
  bodyMarkdown: string | null
  bodyEditorjs: unknown
}
type EditorJsDocument = { time?: number | null; version?: string | null; blocks?: EditorJsBlockShape[] }
type EditorJsBlockShape = { id?: string | null; type: string; data: unknown }

const storedPreviewLength = 200

const EditorJsBlock = builder.objectRef<EditorJsBlockShape>('EditorJsBlock').implement({
  description: 'One block of an Editor.js document.',
  fields: (t) => ({
    id: t.string({ nullable: true, description: 'Its id within the document.', resolve: ({ id }) => id }),
    type: t.exposeString('type', { description: 'Its kind, e.g. paragraph, list, image.' }),
    data: t.field({
      type: 'JSON',
      description: 'What it holds; its shape depends on the kind. Text in it is not sanitised.',
      resolve: ({ data }) => data ?? {},
    }),
  }),
})

const EditorJs = builder.objectRef<EditorJsDocument>('EditorJs').implement({
  description: 'A document of the Editor.js block editor, as the help desk keeps it.',
  fields: (t) => ({
    time: t.float({
      nullable: true,
      description: 'When it was saved, in milliseconds since 1970.',
      resolve: ({ time }) => time,
    }),
    version: t.string({ nullable: true, description: 'Version of the editor.', resolve: ({ version }) => version }),
    blocks: t.field({
      type: [EditorJsBlock],
      description: 'Its blocks in order.',
      resolve: ({ blocks }) => blocks ?? [],
    }),
  }),
})

export const RichText = builder.objectRef<RichTextShape>('RichText').implement({
  description: 'One body in every shape a screen may want. HTML is sanitised.',
  fields: (t) => ({
    plainPreview: t.string({
      description: 'The beginning as one line of plain text.',
      args: {
        length: t.arg.int({
          required: true,
          defaultValue: storedPreviewLength,
          description: 'At most this many characters, up to 2000.',
        }),
      },
      resolve: ({ known: { preview }, body }, { length }) => {
        const wanted = Math.min(length, 2000)
        if (wanted <= 0) return ''
        const isWhole = preview.length < storedPreviewLength - 2
        // It was folded when it was stored, and no promise is made where none is needed: lists have hundreds of these.
        if (wanted === storedPreviewLength || (isWhole && wanted > storedPreviewLength)) return preview
        if (isWhole || wanted < storedPreviewLength) return previewOf(preview, wanted)
        return body().then(({ bodyText }) => previewOf(bodyText, wanted))
      },
    }),
    text: t.string({
      description: 'Plain text: as it was written, or made from the HTML.',
      resolve: ({ body }) => body().then(({ bodyText }) => bodyText),
    }),
    html: t.string({
      description:
        'Safe HTML: no scripts, styles, forms or frames, and links that tell nothing. Plain text becomes HTML with its line breaks. Show it in a sandboxed frame or under a content security policy all the same.',
      args: {
        remoteImages: t.arg.boolean({
          required: true,
          defaultValue: false,
          description:
            'Whether pictures on the web are shown, which tells their senders that, and when, the message is read. They come through this gateway, so that nobody learns who reads, for at least an hour. Otherwise they have no `src`; their address is in `data-original`.',
        }),
      },
      resolve: async ({ body }, { remoteImages }, context) => {
        const { bodyText, bodyHtmlClean } = await body()
        if (bodyHtmlClean === null) return htmlOfText(bodyText)
        return remoteImages ? withRemotePictures(bodyHtmlClean, context) : bodyHtmlClean
      },
    }),
    remoteImageCount: t.int({
      description: 'How many pictures on the web its HTML has; `html(remoteImages: true)` shows them.',
      resolve: async ({ body }) => countRemotePictures((await body()).bodyHtmlClean ?? ''),
    }),
    rawHtml: t.string({
      scopes: ['RAW_READ'],
      nullable: true,
      description: 'HTML as it came. Never show it unsanitised.',
      resolve: async ({ body }) => (await body()).bodyHtml,
    }),
    markdown: t.string({
      nullable: true,
      description: 'Markdown source, where the help desk keeps one.',
      resolve: async ({ body }) => (await body()).bodyMarkdown,
    }),
    editorjs: t.field({
      type: EditorJs,
      nullable: true,
      description: 'Editor.js document, where the help desk keeps one.',
      resolve: async ({ body }) => (await body()).bodyEditorjs as EditorJsDocument | null,
    }),
    readMinutes: t.int({
      description: 'About how many minutes it takes to read.',
      resolve: ({ known }) => known.readMinutes,
    }),
    quotedText: t.string({
      nullable: true,
      description: 'Text after the first quote marker; null when there is none.',
      resolve: async ({ body }) => (await body()).quotedText,
    }),
  }),
})
