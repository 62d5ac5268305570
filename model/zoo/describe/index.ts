/**
 * What a model is and how fast it runs here.
 * Source: our own. Deviation: exported beside zoo/index.ts, not through it: it uses the runtime, which uses
 * the zoo.
 */
export {
  describeModel,
  type DescribeOptions,
  type ModelDescription,
  type ModelSpeed,
  type TowerDescription,
} from './describe-model.ts';
