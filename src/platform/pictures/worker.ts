/** Runs in a worker thread: pictures come from strangers, and the codecs are WebAssembly, which cannot reach out of itself. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js'
import decodePng, { init as initPng } from '@jsquash/png/decode.js'
import resize, { initResize } from '@jsquash/resize'
import decodeWebp, { init as initWebp } from '@jsquash/webp/decode.js'
import encodeWebp, { init as initWebpEncoder } from '@jsquash/webp/encode.js'
import { imageSize } from 'image-size'

export type Order = { bytes: Uint8Array; width: number }

/** A picture of 16 million pixels takes 64 MB, three times over. */
const mostPixels = 16_000_000
const quality = 75
/** However tall: a strip is shown as a strip, not as a scroll. */
const mostTimesTaller = 4

// What browsers have and the codecs make.
globalThis.ImageData ??= class {
  data: Uint8ClampedArray
  width: number
  height: number
  constructor(data: Uint8ClampedArray, width: number, height = data.length / 4 / width) {
    this.data = data
    this.width = width
    this.height = height
  }
} as never

// Headers can be written so that a codec reads another size in them than we: with 60 kB of JPEG it took 1 GB.
const mostMemory = 384 * 1024 * 1024
const { grow } = WebAssembly.Memory.prototype
WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number) {
  if (this.buffer.byteLength + pages * 65_536 > mostMemory) throw new RangeError('a picture needs too much memory')
  return grow.call(this, pages)
}

const codec = (path: string) => new WebAssembly.Module(readFileSync(fileURLToPath(import.meta.resolve(path))))
/** What the codecs say of damaged pictures is no news. */
const quietly = (init: unknown, path: string): Promise<void> =>
  (init as (module: WebAssembly.Module, options: object) => Promise<void>)(codec(path), { print() {}, printErr() {} })
const readers: Record<string, (bytes: ArrayBuffer) => Promise<ImageData>> = {
  async jpg(bytes) {
    await quietly(initJpeg, '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm')
    return decodeJpeg(bytes, { preserveOrientation: true })
  },
  async png(bytes) {
    await initPng(codec('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'))
    return decodePng(bytes)
  },
  async webp(bytes) {
    await quietly(initWebp, '@jsquash/webp/codec/dec/webp_dec.wasm')
    return decodeWebp(bytes)
  },
}

/** The picture as WebP, at most so wide; null when it is none that can be read here, or too big. */
export default async function thumbnail({ bytes, width }: Order): Promise<Uint8Array | null> {
  const { type = '', ...header } = imageSize(bytes)
  const read = readers[type]
  if (!read || header.width * header.height > mostPixels) return null
  const picture = await read(bytes.slice().buffer as ArrayBuffer)
  const scale = Math.min(1, width / picture.width, (width * mostTimesTaller) / picture.height)
  const size = (length: number) => Math.max(1, Math.round(length * scale))
  await initResize(codec('@jsquash/resize/lib/resize/pkg/squoosh_resize_bg.wasm'))
  const small = await resize(picture, { width: size(picture.width), height: size(picture.height) })
  await initWebpEncoder(codec('@jsquash/webp/codec/enc/webp_enc_simd.wasm'))
  return new Uint8Array(await encodeWebp(small, { quality }))
}
