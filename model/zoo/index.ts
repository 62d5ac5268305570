export {
  CALIBRATION_FILE,
  CALIBRATION_FORMAT,
  calibratedWeights,
  parseCalibration,
  readCalibration,
  type Calibration,
  type CalibrationCurve,
} from './calibration.ts';
export { inferConfig, type InferOptions } from './infer-config.ts';
export { importModel, type ImportOptions, type ImportResult } from './import-model.ts';
export {
  checkModelFiles,
  openModelFolder,
  TOKENIZER_FILE,
  type ModelConfig,
  type ModelFolder,
} from './model-folder.ts';
export { fitPositionTable } from './position-table.ts';
export { BUILTIN_MODEL, builtinFolder, findModel, listModels, type ListedModel } from './registry.ts';
export * from './pull/index.ts';
