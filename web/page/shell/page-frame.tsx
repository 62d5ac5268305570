/**
 * The frame of every page beside the search: its heading, its title in the browser, the place that "skip" leads to.
 * Source: our own. Deviation: none.
 */
import { useEffect, type ReactNode } from 'react';

export function PageFrame({
  title,
  lead,
  children,
}: {
  readonly title: string;
  /** One sentence under the heading. */
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
}) {
  usePageTitle(title);
  return (
    <main id="content" className="page-frame" tabIndex={-1}>
      <div className="page-head">
        <h1>{title}</h1>
        {lead !== undefined && <p className="lead">{lead}</p>}
      </div>
      {children}
    </main>
  );
}

/** @param title '' for the name of the whole alone */
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Imglish' : `${title} · Imglish`;
  }, [title]);
}
