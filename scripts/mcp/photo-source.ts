/**
 * What an assistant may ask of a library, whether this process reads it or a server does.
 * Source: our own. Deviation: none.
 */
import type { SearchRequest } from '../../query/index.ts';

export interface FoundPhoto {
  readonly id: number;
  /** As much of its path as this process may know. */
  readonly place: string;
  /** ISO 8601 */
  readonly takenAt: string | null;
  /** pixels, upright */
  readonly width: number;
  readonly height: number;
  readonly score: number;
  readonly pMatch: number | null;
  readonly band: string | null;
  /** Photos that the hit stands for, itself included. */
  readonly stackSize: number;
}

export interface FoundPhotos {
  readonly photos: readonly FoundPhoto[];
  readonly nothingMatches: boolean | null;
  readonly cursor: string | null;
  readonly notices: readonly string[];
}

export interface FoundText {
  readonly text: string;
  readonly kinds: readonly string[];
  readonly score: number;
  readonly pMatch: number | null;
  /** Whether it is said of the photo that was asked for. */
  readonly own: boolean;
}

export interface FoundTexts {
  readonly texts: readonly FoundText[];
  readonly nothingMatches: boolean | null;
  readonly notices: readonly string[];
}

export interface PhotoDetails {
  readonly id: number;
  readonly place: string;
  readonly width: number;
  readonly height: number;
  readonly takenAt: string | null;
  /** By their names: camera, caption, keywords, latitude … */
  readonly details: Readonly<Record<string, unknown>>;
  readonly texts: readonly { readonly kind: string; readonly text: string }[];
}

export interface LibrarySummary {
  readonly photos: number;
  readonly folders: readonly string[];
  readonly model: string;
  /** What a person should know, each a sentence. */
  readonly notices: readonly string[];
}

/** A photo of the library; bytes of a picture; or a file of this machine. */
export type AskedPicture =
  { readonly id: number } | { readonly bytes: Uint8Array } | { readonly file: string };

export interface PhotoSource {
  /** Whether pictures may be named by the path of a file: only where nothing is sent to another machine. */
  readonly readsFiles: boolean;
  /** @param request without pictures that are files */
  search(request: SearchRequest, signal: AbortSignal): Promise<FoundPhotos>;
  similar(
    id: number,
    options: { readonly limit: number; readonly cursor?: string | undefined },
    signal: AbortSignal,
  ): Promise<FoundPhotos>;
  lookup(picture: AskedPicture, limit: number, signal: AbortSignal): Promise<FoundTexts>;
  photo(id: number, signal: AbortSignal): Promise<PhotoDetails>;
  /** WebP */
  preview(id: number, size: 'small' | 'large', signal: AbortSignal): Promise<Uint8Array>;
  library(signal: AbortSignal): Promise<LibrarySummary>;
}
