/**
 * Decodes HEIC files in a thread of its own; the only file that knows libheif.
 * Source: libheif-js (libheif and libde265, compiled to WebAssembly). Deviation: none.
 *
 * libheif turns and mirrors the picture as the file's own `irot` and `imir` say. The EXIF orientation of a
 * HEIC is a copy of that for people, and is not applied again.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import libheif from 'libheif-js/wasm-bundle.js';
import { pixelsAsTiff } from './pixels-as-tiff.ts';

/** What the decoder is asked. */
export interface HeicRequest {
  readonly bytes: Uint8Array;
  /** An embedded colour profile, to be handed on. */
  readonly profile: Uint8Array | null;
  /** Larger pictures are refused before they are decoded. */
  readonly pixelsMax: number;
}

/** `refused`: the file is at fault. `broken`: the decoder itself stumbled and must not be used again. */
export type HeicAnswer =
  | { readonly kind: 'tiff'; readonly tiff: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'refused' | 'broken'; readonly message: string };

function answer(request: HeicRequest): HeicAnswer {
  const context = libheif.heif_context_alloc();
  try {
    const read = libheif.heif_context_read_from_memory(context, request.bytes);
    if (read.code !== libheif.heif_error_code.heif_error_Ok) return refused(read.message);
    const handle = libheif.heif_js_context_get_primary_image_handle(context);
    if ('code' in handle) return refused(handle.message);
    try {
      return decode(handle, request);
    } finally {
      libheif.heif_image_handle_release(handle);
    }
  } finally {
    libheif.heif_context_free(context);
  }
}

function decode(handle: object, { profile, pixelsMax }: HeicRequest): HeicAnswer {
  const width = libheif.heif_image_handle_get_width(handle);
  const height = libheif.heif_image_handle_get_height(handle);
  if (width * height > pixelsMax) return refused(`it has ${width} x ${height} pixels`);
  const hasAlpha = libheif.heif_image_handle_has_alpha_channel(handle) !== 0;
  const { heif_chroma_interleaved_RGB: rgb, heif_chroma_interleaved_RGBA: rgba } = libheif.heif_chroma;
  const picture = libheif.heif_js_decode_image2(
    handle,
    libheif.heif_colorspace.heif_colorspace_RGB,
    hasAlpha ? rgba : rgb,
  );
  if ('code' in picture) return refused(picture.message);
  try {
    const [plane] = picture.channels;
    if (plane === undefined) return refused('it has no picture');
    const { data, stride } = plane;
    const size = { width: picture.width, height: picture.height, channels: hasAlpha ? 4 : 3 } as const;
    return { kind: 'tiff', tiff: pixelsAsTiff({ data, stride, ...size }, profile) };
  } finally {
    libheif.heif_image_release(picture.image);
  }
}

function refused(message: string): HeicAnswer {
  return { kind: 'refused', message: message.trim() };
}

function serve(port: MessagePort): void {
  port.on('message', (request: HeicRequest) => {
    try {
      const reply = answer(request);
      port.postMessage(reply, reply.kind === 'tiff' ? [reply.tiff.buffer] : []);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ kind: 'broken', message } satisfies HeicAnswer);
    }
  });
}

if (parentPort !== null) serve(parentPort);
