/**
 * Photos over the months, as bars that can be pressed.
 * Source: our own. Deviation: none.
 */
import { formatCount, formatMonth } from '../parts/format.ts';
import type { Facet } from './facets.ts';
import type { FilterChip } from './filter-chips.ts';
import { monthsBetween } from './months.ts';
import { hasChip, type SearchState } from './search-state.ts';

export function Timeline({
  months,
  state,
  onMonth,
}: {
  readonly months: Facet;
  readonly state: SearchState;
  readonly onMonth: (chip: FilterChip) => void;
}) {
  const byMonth = new Map(months.values.map((value) => [value.value, value]));
  const most = Math.max(1, ...months.values.map(({ count }) => count));
  const all = monthsBetween([...byMonth.keys()]);
  if (all.length < 2) return null;
  return (
    <div className="timeline" role="group" aria-label="Photos by month">
      {all.map((month, index) => {
        const value = byMonth.get(month);
        const isNewYear = month.slice(0, 4) !== all[index - 1]?.slice(0, 4);
        return (
          <div key={month} className="timeline-month">
            {value === undefined ? (
              <span className="timeline-none" />
            ) : (
              <button
                type="button"
                aria-pressed={hasChip(state, 'month', month)}
                aria-label={`${formatMonth(month)}, ${formatCount(value.count, 'photo')}`}
                title={`${formatMonth(month)}: ${formatCount(value.count, 'photo')}`}
                onClick={() => onMonth({ name: 'month', value: month, filter: value.filter })}
              >
                <span style={{ height: `${Math.max(6, (value.count / most) * 100)}%` }} />
              </button>
            )}
            {isNewYear && <span className="timeline-year">{month.slice(0, 4)}</span>}
          </div>
        );
      })}
    </div>
  );
}
