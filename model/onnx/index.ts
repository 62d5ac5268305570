export type { Dimension, ElementType } from './element-type.ts';
export { GraphBuilder, type Initializer, type Value } from './graph-builder.ts';
export { GRAPH_FILE, writeGraph } from './model-writer.ts';
