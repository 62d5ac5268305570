/**
 * Some photos of the library to ask about, for those who have none at hand.
 * Source: GET /v1/images. Deviation: none.
 */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { ImageListDocument } from '../../schema/index.ts';
import { getJson } from '../api/request.ts';
import { Photo } from '../parts/photo.tsx';
import { addressOf, type LookupWish } from './lookup-wish.ts';

const SHOWN = 12;

export function LibraryPicks({ wish }: { readonly wish: LookupWish }) {
  const { data } = useQuery({
    queryKey: ['images', SHOWN],
    queryFn: ({ signal }) => getJson<ImageListDocument>('/v1/images', { limit: SHOWN }, { signal }),
  });
  if (data === undefined || data.images.length === 0) return null;
  return (
    <section className="picks" aria-labelledby="picks-title">
      <h2 id="picks-title">Or take one of your library</h2>
      <ul>
        {data.images.map((image) => (
          <li key={image.id}>
            <Link
              href={`/lookup${addressOf({ ...wish, id: image.id })}`}
              aria-label={`Look up ${image.fileName}`}
            >
              <Photo image={image} alt="" isEager />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
