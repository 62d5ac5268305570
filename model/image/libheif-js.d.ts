/**
 * The part of libheif that is used here; the package's own declarations cover another entry point.
 * Source: libheif-js, libheif-wasm/libheif.d.ts. Deviation: objects of the library are opaque.
 */
declare module 'libheif-js/wasm-bundle.js' {
  /** Compared by identity. */
  type Value = object;
  interface HeifError {
    readonly code: Value;
    readonly message: string;
  }
  interface HeifPicture {
    readonly width: number;
    readonly height: number;
    readonly channels: readonly {
      /** Bytes from row to row. */
      readonly stride: number;
      readonly data: Uint8Array;
    }[];
  }
  interface Libheif {
    readonly heif_error_code: { readonly heif_error_Ok: Value };
    readonly heif_colorspace: { readonly heif_colorspace_RGB: Value };
    readonly heif_chroma: {
      readonly heif_chroma_interleaved_RGB: Value;
      readonly heif_chroma_interleaved_RGBA: Value;
    };
    heif_context_alloc(): object;
    heif_context_free(context: object): void;
    heif_context_read_from_memory(context: object, bytes: Uint8Array): HeifError;
    heif_js_context_get_primary_image_handle(context: object): object | HeifError;
    heif_image_handle_get_width(handle: object): number;
    heif_image_handle_get_height(handle: object): number;
    heif_image_handle_has_alpha_channel(handle: object): number;
    heif_image_handle_release(handle: object): void;
    heif_js_decode_image2(
      handle: object,
      colourspace: Value,
      chroma: Value,
    ): (HeifPicture & { image: object }) | HeifError;
    heif_image_release(image: object): void;
  }
  const libheif: Libheif;
  export = libheif;
}
