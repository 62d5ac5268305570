/**
 * Sends an open file: whole, a range of it, only its headers, or the news that nothing changed.
 * Source: RFC 9110, sections 13 and 14. Deviation: of several ranges asked for at once none is cut out, the
 * whole file is sent. It sends what was opened and checked, never what a path may have become since; so the
 * sender of Express, which opens by path, is of no use here.
 */
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import { HttpProblem } from './errors.ts';

export interface SendFileOptions {
  readonly contentType: string;
  readonly cacheControl: string;
  /** A strong validator, in quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

interface Slice {
  readonly start: number;
  /** inclusive */
  readonly end: number;
}

/** @param bytes size of the file; the handle stays open and is the caller's to close */
export async function sendFile(
  request: Request,
  response: Response,
  file: FileHandle,
  bytes: number,
  options: SendFileOptions,
): Promise<void> {
  response.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': options.cacheControl,
    'Content-Type': options.contentType,
    ETag: options.etag,
    'Last-Modified': options.lastModified.toUTCString(),
  });
  if (request.fresh) {
    response.removeHeader('Content-Type');
    response.status(304).end();
    return;
  }
  const slice = sliceOf(request, bytes, options);
  if (slice !== undefined) {
    response.status(206).setHeader('Content-Range', `bytes ${slice.start}-${slice.end}/${bytes}`);
  }
  const { start, end } = slice ?? { start: 0, end: bytes - 1 };
  response.setHeader('Content-Length', end - start + 1);
  if (request.method === 'HEAD' || bytes === 0) response.end();
  else await stream(response, file, { start, end });
}

async function stream(response: Response, file: FileHandle, { start, end }: Slice): Promise<void> {
  const source = file.createReadStream({ start, end, autoClose: false });
  try {
    await pipeline(source, response, { end: false });
  } catch {
    // The reader went away, or the disk did. Both end here: half an answer cannot be taken back.
    response.destroy();
    return;
  }
  // The file has become shorter while it was read. A clean end would leave the reader waiting for the rest.
  if (source.bytesRead < end - start + 1) response.destroy();
  else response.end();
}

/** The one range to send, or undefined for the whole file. */
function sliceOf(request: Request, bytes: number, options: SendFileOptions): Slice | undefined {
  const condition = request.get('if-range');
  const isStale = condition !== undefined && condition !== options.etag;
  const ranges = isStale ? undefined : request.range(bytes, { combine: true });
  if (ranges === -1) {
    throw new HttpProblem(
      'RANGE_INVALID',
      416,
      `Range: found ${JSON.stringify(request.get('range'))}, expected bytes from 0 to ${bytes - 1}`,
      { 'Content-Range': `bytes */${bytes}` },
    );
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1)
    return undefined;
  return ranges[0];
}
