/**
 * What is known of a photo: why it was found, what is said of it, how it was taken, where it lies, what looks like it.
 * Source: GET /v1/images/:id, /similar. Deviation: none.
 */
import { useQuery } from '@tanstack/react-query';
import type { HitDocument, ImageDetailsDocument, ImageDocument, SearchDocument } from '../../schema/index.ts';
import { getJson } from '../api/request.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { formatBytes, formatCount, formatNumber, formatProbability } from '../parts/format.ts';
import { Photo } from '../parts/photo.tsx';
import { toast, toastProblem } from '../shell/toasts.tsx';
import { matchedText } from '../search/matched-text.ts';
import { exposureText, placeText, takenText } from './exif-text.ts';

const SIMILAR_SHOWN = 9;
const TEXTS_SHOWN = 12;

export function DetailsPanel({
  image,
  hit,
  position,
  onLike,
  onUnlike,
  onView,
}: {
  readonly image: ImageDocument;
  readonly hit: HitDocument | undefined;
  readonly position: { readonly place: number; readonly count: number } | null;
  readonly onLike: (id: number) => void;
  readonly onUnlike: (id: number) => void;
  readonly onView: (id: number) => void;
}) {
  const { data: details } = useQuery({
    queryKey: ['image', image.id],
    queryFn: ({ signal }) => getJson<ImageDetailsDocument>(`/v1/images/${image.id}`, {}, { signal }),
  });
  return (
    <aside className="details" aria-label="What is known of this photo">
      <div className="details-head">
        <h2>{image.fileName}</h2>
        {position !== null && (
          <p>
            {formatNumber(position.place)} of {formatNumber(position.count)}
          </p>
        )}
      </div>
      {hit !== undefined && <WhyFound hit={hit} />}
      <div className="details-actions">
        <Button icon="alike" onClick={() => onLike(image.id)}>
          More like this
        </Button>
        <Button icon="block" onClick={() => onUnlike(image.id)}>
          Not this
        </Button>
        <ButtonLink icon="words" href={`/lookup?id=${image.id}`}>
          Find words
        </ButtonLink>
        <ButtonLink isFile icon="download" href={image.original} download={image.fileName}>
          Download
        </ButtonLink>
      </div>
      {details !== undefined && <Texts details={details} />}
      <Facts image={image} details={details} />
      <Similar id={image.id} onView={onView} />
    </aside>
  );
}

function WhyFound({ hit }: { readonly hit: HitDocument }) {
  const { pMatch, band, score } = hit;
  const words = matchedText(hit);
  if (pMatch === null && score === 0 && words === '') return null;
  return (
    <section className="details-why">
      {pMatch !== null && (
        <p>
          <strong>{formatProbability(pMatch)}</strong> match{band !== null && `, ${band}`}
        </p>
      )}
      {score !== 0 && <p className="quiet">likeness {score.toFixed(3)}</p>}
      {words !== '' && <p>Written with it: {words}</p>}
    </section>
  );
}

function Texts({ details }: { readonly details: ImageDetailsDocument }) {
  const { title, caption, keywords, texts } = details;
  const said = [
    ...new Set([title, caption, ...texts.filter(({ kind }) => kind !== 'tag').map(({ text }) => text)]),
  ]
    .filter((text) => text !== null && text !== '')
    .slice(0, TEXTS_SHOWN);
  const tags = [
    ...new Set([...keywords, ...texts.filter(({ kind }) => kind === 'tag').map(({ text }) => text)]),
  ];
  if (said.length === 0 && tags.length === 0) return null;
  return (
    <section>
      <h3>What is said of it</h3>
      {said.map((text) => (
        <p key={text} className="details-text">
          {text}
        </p>
      ))}
      {tags.length > 0 && (
        <ul className="details-tags">
          {tags.slice(0, TEXTS_SHOWN).map((tag) => (
            <li key={tag}>{tag}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Facts({
  image,
  details,
}: {
  readonly image: ImageDocument;
  readonly details: ImageDetailsDocument | undefined;
}) {
  const facts = [
    ['Taken', takenText(image.takenAt)],
    ['Camera', details?.camera],
    ['Lens', details?.lens],
    ['Exposure', details && exposureText(details)],
    ['Place', details && placeText(details)],
    ['By', details?.creator],
    ['Size', `${formatNumber(image.width)} × ${formatNumber(image.height)} · ${formatBytes(image.bytes)}`],
    ['Format', image.format.toUpperCase()],
    ['Folder', image.folder],
    ['Path', image.path],
    [
      'Copies',
      details && details.copies.length > 0 ? formatCount(details.copies.length, 'copy', 'copies') : null,
    ],
  ] as const;
  return (
    <section>
      <h3>The file</h3>
      <dl className="details-facts">
        {facts.map(([name, value]) =>
          value === null || value === undefined || value === '' ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <div className="details-actions">
        <ButtonLink isFile look="quiet" href={image.original} target="_blank" rel="noopener">
          Open the file
        </ButtonLink>
        {image.path !== undefined && <CopyPath path={image.path} />}
      </div>
    </section>
  );
}

/** A page may not open a folder of the machine; its path can be pasted where one can. */
function CopyPath({ path }: { readonly path: string }) {
  const folder = path.replace(/[/\\][^/\\]*$/, '');
  return (
    <Button
      look="quiet"
      icon="folder"
      onClick={() => {
        navigator.clipboard
          .writeText(folder)
          .then(() => toast('The path of the folder was copied.'), toastProblem);
      }}
    >
      Copy the folder
    </Button>
  );
}

function Similar({ id, onView }: { readonly id: number; readonly onView: (id: number) => void }) {
  const { data } = useQuery({
    queryKey: ['similar', id],
    queryFn: ({ signal }) =>
      getJson<SearchDocument>(`/v1/images/${id}/similar`, { limit: SIMILAR_SHOWN }, { signal }),
    staleTime: 60_000,
  });
  if (data === undefined || data.hits.length === 0) return null;
  return (
    <section>
      <h3>Looks like it</h3>
      <ul className="details-similar">
        {data.hits.map(({ image }) => (
          <li key={image.id}>
            <button type="button" aria-label={`Show ${image.fileName}`} onClick={() => onView(image.id)}>
              <Photo image={image} alt="" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
