/**
 * Filters as chips with counts, and how the photos are shown.
 * Source: our own. Deviation: none.
 */
import { useId, useState } from 'react';
import { ToggleButton } from '../parts/button.tsx';
import { Chip, RemovableChip } from '../parts/chip.tsx';
import { classNames } from '../parts/class-names.ts';
import { formatMonth } from '../parts/format.ts';
import { facetNames, titleOfFacet, type FacetName } from './facet-names.ts';
import { useFacets, type Facet } from './facets.ts';
import { asksForSomething, hasChip, toggleChip, type SearchState } from './search-state.ts';
import { Timeline } from './timeline.tsx';
import type { Go } from './use-search-state.ts';

/** Chips that stand there before one asks for all. */
const VALUES_SHOWN = 24;

/** In the order of the page, not of the answer. */
function order({ name }: Facet): number {
  return facetNames.indexOf(name);
}

export function FilterBar({ state, go }: { readonly state: SearchState; readonly go: Go }) {
  const [open, setOpen] = useState<FacetName | null>(null);
  const [shows, setShows] = useState(VALUES_SHOWN);
  const { data } = useFacets(state.chips, open);
  const panel = useId();
  const facets = (data?.facets ?? []).filter(
    // What has one value tells nothing apart; months are chosen on the timeline.
    ({ name, values }) => name !== 'month' && (values.length > 1 || name === open),
  );
  const shown = facets.toSorted((one, other) => order(one) - order(other));
  const current = shown.find(({ name }) => name === open);
  const months = data?.facets.find(({ name }) => name === 'month');
  return (
    <div className="filters">
      <div className="filter-row">
        {shown.map(({ name }) => (
          <button
            key={name}
            type="button"
            className={classNames('facet', state.chips.some((chip) => chip.name === name) && 'used')}
            aria-expanded={name === open}
            aria-controls={panel}
            onClick={() => {
              setOpen(name === open ? null : name);
              setShows(VALUES_SHOWN);
            }}
          >
            {name === 'year' ? 'When' : titleOfFacet(name)}
          </button>
        ))}
        <span className="filter-space" />
        {asksForSomething(state) && (
          <ToggleButton
            look="quiet"
            icon="calendar"
            isOn={state.sort === 'date'}
            onClick={() => go({ sort: state.sort === 'date' ? 'relevance' : 'date' })}
          >
            Newest first
          </ToggleButton>
        )}
        <ToggleButton
          look="quiet"
          icon="copies"
          isOn={state.hidesAlike}
          onClick={() => go({ hidesAlike: !state.hidesAlike })}
        >
          Hide look-alikes
        </ToggleButton>
      </div>
      <div id={panel} className="facet-panel" hidden={current === undefined}>
        {open === 'year' && months !== undefined && (
          <Timeline months={months} state={state} onMonth={(chip) => go(toggleChip(state, chip))} />
        )}
        <div className="facet-values">
          {current?.values.slice(0, shows).map(({ value, label, count, filter }) => (
            <Chip
              key={value}
              count={count}
              isOn={hasChip(state, current.name, value)}
              onClick={() => go(toggleChip(state, { name: current.name, value, filter, label }))}
            >
              {label}
            </Chip>
          ))}
          {current !== undefined && current.values.length > shows && (
            <button type="button" className="button quiet" onClick={() => setShows(current.values.length)}>
              {current.values.length - shows} more
            </button>
          )}
        </div>
      </div>
      {state.chips.length > 0 && (
        <div className="chosen-row" role="group" aria-label="Filters that are on">
          {state.chips.map((chip) => {
            const label = chip.name === 'month' ? formatMonth(chip.value) : (chip.label ?? chip.value);
            return (
              <RemovableChip
                key={`${chip.name}:${chip.value}`}
                label={`Remove the filter ${label}`}
                onRemove={() => go(toggleChip(state, chip))}
              >
                {label}
              </RemovableChip>
            );
          })}
          {state.chips.length > 1 && (
            <button type="button" className="button quiet" onClick={() => go({ chips: [] })}>
              Remove all
            </button>
          )}
        </div>
      )}
    </div>
  );
}
