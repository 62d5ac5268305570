/**
 * Probabilities for a model's scores, fitted on captioned photos.
 * Source: our own. Deviation: none.
 */
export { calibrateModel, type CalibrateOptions, type CalibrateReport } from './calibrate-model.ts';
export { fitCalibration, type CalibrationFigures } from './fit-calibration.ts';
export { everydayPhrases } from './everyday-phrases.ts';
