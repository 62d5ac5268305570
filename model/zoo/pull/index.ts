export {
  officialModels,
  officialTokenizerUrl,
  type OfficialKind,
  type OfficialModel,
} from './official-models.ts';
export { pullModel, type PullOptions, type PullProgress } from './pull-model.ts';
