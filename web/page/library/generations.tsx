/**
 * The models that the library has vectors of; one of them is searched.
 * Source: our own. Deviation: none.
 */
import type { LibraryDocument } from '../../schema/index.ts';
import { formatNumber, formatTime } from '../parts/format.ts';

export function Generations({ library }: { readonly library: LibraryDocument }) {
  const { generations, images, canRerank, isCalibrated } = library;
  return (
    <section aria-labelledby="generations-title">
      <h2 id="generations-title">Models</h2>
      <p className="hint">
        {canRerank
          ? 'The model in use reads photo and words together'
          : 'The model in use compares photo and words'}
        {isCalibrated ? ', and says how probable a match is.' : '; how probable a match is, it cannot say.'}
      </p>
      <div className="table-frame" role="region" aria-label="Models as a table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" className="number">
                Photos read
              </th>
              <th scope="col" className="number">
                Dimensions
              </th>
              <th scope="col">Since</th>
            </tr>
          </thead>
          <tbody>
            {generations.map((generation) => (
              <tr key={generation.id}>
                <th scope="row">
                  {generation.modelName} {generation.isCurrent && <span className="tag">in use</span>}
                </th>
                <td className="number">
                  {formatNumber(generation.images)}
                  {generation.images < images && ` of ${formatNumber(images)}`}
                </td>
                <td className="number">{formatNumber(generation.dimension)}</td>
                <td>{generation.createdAt === null ? '' : formatTime(generation.createdAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
