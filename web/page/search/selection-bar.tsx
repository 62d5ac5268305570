/**
 * What can be done with the chosen photos.
 * Source: GET /v1/export. Deviation: none.
 */
import { addressOf } from '../api/request.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { formatCount } from '../parts/format.ts';

export function SelectionBar({
  selected,
  onClear,
}: {
  readonly selected: ReadonlySet<number>;
  readonly onClear: () => void;
}) {
  if (selected.size === 0) return null;
  const ids = [...selected].join(',');
  return (
    <section className="selection-bar" aria-label="Chosen photos">
      <p role="status">{formatCount(selected.size, 'photo')} chosen</p>
      <ButtonLink
        isFile
        icon="download"
        href={addressOf('/v1/export', { ids, as: 'zip' })}
        download="photos.zip"
      >
        ZIP
      </ButtonLink>
      <ButtonLink
        isFile
        icon="download"
        href={addressOf('/v1/export', { ids, as: 'json' })}
        download="photos.json"
      >
        JSON
      </ButtonLink>
      <Button look="quiet" icon="close" onClick={onClear}>
        None
      </Button>
    </section>
  );
}
