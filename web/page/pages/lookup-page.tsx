/**
 * Photos find words.
 * Source: our own. Deviation: none.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import { lookUp } from '../api/lookup.ts';
import { CopyButtons } from '../lookup/copy-buttons.tsx';
import { LibraryPicks } from '../lookup/library-picks.tsx';
import { LookupAnswer } from '../lookup/lookup-answer.tsx';
import { LookupPicture } from '../lookup/lookup-picture.tsx';
import { addressOf, wishBody, wishOf, type LookupWish } from '../lookup/lookup-wish.ts';
import { LookupWishes } from '../lookup/lookup-wishes.tsx';
import { ProblemState, Spinner } from '../parts/states.tsx';
import { DropZone } from '../search/drop-zone.tsx';
import { keepPhoto, photoOf } from '../search/photo-shelf.ts';
import { PageFrame } from '../shell/page-frame.tsx';
import { toastProblem } from '../shell/toasts.tsx';
import '../lookup/lookup.css';

export function LookupPage() {
  const [, navigate] = useLocation();
  const wish = wishOf(useSearch());
  const change = (changes: Partial<LookupWish>): void => {
    navigate(`/lookup${addressOf({ ...wish, ...changes })}`);
  };
  const onPicture = (file: File): void => {
    keepPhoto(file).then((photo) => change({ id: null, photo }), toastProblem);
  };
  const { data: file } = useQuery({
    queryKey: ['shelf', wish.photo],
    queryFn: async () => (await photoOf(wish.photo ?? '')) ?? null,
    enabled: wish.photo !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const answer = useAnswer(wish, file);
  return (
    <PageFrame title="Lookup" lead="Give a photo, get words: captions, tags and catalogue lines that fit it.">
      <DropZone words="Drop the photo to find words for it" onPhoto={onPicture} />
      <div className="lookup">
        <div className="lookup-side">
          <LookupPicture wish={wish} file={file} onPicture={onPicture} />
          <LookupWishes wish={wish} onChange={change} />
        </div>
        <section className="lookup-main" aria-label="Texts" aria-busy={answer.isFetching}>
          {wish.id === null && (wish.photo === null || file === null) && <LibraryPicks wish={wish} />}
          {answer.error !== null && (
            <ProblemState error={answer.error} onRetry={() => void answer.refetch()} />
          )}
          {answer.isFetching && answer.data === undefined && <Spinner label="The photo is being read" />}
          {answer.data !== undefined && answer.error === null && (
            <>
              <CopyButtons
                answer={answer.data}
                wish={wish}
                fileName={wish.id === null ? (file?.name ?? 'photo.jpg') : null}
              />
              <LookupAnswer answer={answer.data} hasLabels={wish.labels.length > 0} />
            </>
          )}
        </section>
      </div>
    </PageFrame>
  );
}

function useAnswer(wish: LookupWish, file: File | null | undefined) {
  const picture =
    wish.id !== null ? { id: wish.id } : file === null || file === undefined ? undefined : { file };
  const body = wishBody(wish);
  return useQuery({
    queryKey: ['lookup', wish.id, wish.photo, body],
    queryFn: ({ signal }) => {
      if (picture === undefined) throw new Error('asked without a photo');
      return lookUp(picture, body, { signal });
    },
    enabled: picture !== undefined && (wish.id !== null || wish.photo !== null),
    // With other kinds of texts the old ones stay until the new ones are there; with another photo they must not.
    placeholderData: (before, query) =>
      query?.queryKey[1] === wish.id && query.queryKey[2] === wish.photo
        ? keepPreviousData(before)
        : undefined,
  });
}
