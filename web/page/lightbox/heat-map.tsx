/**
 * Which part of a photo speaks for the words: the parts whose covering costs most glow.
 * Source: POST /v1/images/:id/explain. Deviation: none.
 */
import { useEffect, useRef } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { ExplainDocument, ImageDocument } from '../../schema/index.ts';
import { asProblem } from '../api/problem.ts';
import { postJson } from '../api/request.ts';
import { formatProbability } from '../parts/format.ts';
import { Spinner } from '../parts/states.tsx';
import { heatPixels } from './heat-pixels.ts';

export function HeatSlide({
  image,
  words,
}: {
  readonly image: ImageDocument;
  readonly words: string;
  readonly slide: unknown;
}) {
  const { data, error } = useQuery({
    queryKey: ['explain', image.id, words],
    queryFn: ({ signal }) =>
      postJson<ExplainDocument>(`/v1/images/${image.id}/explain`, { text: words }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <figure className="heat">
      <div className="heat-frame" style={{ aspectRatio: image.width / image.height }}>
        <img src={image.preview} alt={image.fileName} />
        {data !== undefined && <HeatCanvas explanation={data} />}
      </div>
      <figcaption>
        {data === undefined && error === null && <Spinner label="Each part is covered in turn" />}
        {error !== null && <p role="alert">{asProblem(error).message}</p>}
        {data !== undefined && (
          <p>
            Bright parts speak for “{words}”
            {data.clauses.map(({ text, pMatch, score }) => (
              <span key={text} className="heat-clause">
                {text}: {pMatch === null ? score.toFixed(3) : formatProbability(pMatch)}
              </span>
            ))}
          </p>
        )}
      </figcaption>
    </figure>
  );
}

function HeatCanvas({ explanation }: { readonly explanation: ExplainDocument }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows, columns, values } = explanation;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.putImageData(new ImageData(heatPixels(values), columns, rows), 0, 0);
  }, [rows, columns, values]);
  return <canvas ref={canvas} className="heat-canvas" width={columns} height={rows} aria-hidden="true" />;
}
