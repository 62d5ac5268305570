/**
 * What the document says of the library, the sign-in and the server itself.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { healthSchema, readySchema } from '../schema/health.ts';
import {
  librarySchema,
  librarySkipsQuerySchema,
  librarySkipsSchema,
  statusSchema,
} from '../schema/library.ts';
import { newSessionSchema, sessionSchema } from '../schema/session.ts';
import type { Operation } from './operation.ts';

const libraryOperations: readonly Operation[] = [
  {
    id: 'library',
    method: 'get',
    path: '/v1/library',
    tag: 'library',
    summary: 'What the library holds, and what its model can do',
    answers: { 200: { description: 'The library', json: librarySchema } },
  },
  {
    id: 'librarySkips',
    method: 'get',
    path: '/v1/library/skips',
    tag: 'library',
    summary: 'Files that could not be indexed, and why',
    query: librarySkipsQuerySchema,
    answers: { 200: { description: 'A page of files, oldest first', json: librarySkipsSchema } },
  },
  {
    id: 'status',
    method: 'get',
    path: '/v1/status',
    tag: 'library',
    summary: 'How far indexing is',
    answers: { 200: { description: 'As in the library', json: statusSchema } },
  },
];

const sessionOperations: readonly Operation[] = [
  {
    id: 'session',
    method: 'get',
    path: '/v1/session',
    tag: 'service',
    summary: 'Whether a key is needed, and what this request may do',
    answers: { 200: { description: 'What is allowed', json: sessionSchema } },
    isOpen: true,
  },
  {
    id: 'signIn',
    method: 'post',
    path: '/v1/session',
    tag: 'service',
    summary: 'Exchange a key for a cookie: for browsers',
    body: { json: newSessionSchema },
    answers: { 204: { description: 'Signed in', headers: { 'Set-Cookie': 'Which scripts cannot read' } } },
    problems: ['KEY_WRONG'],
    isOpen: true,
  },
  {
    id: 'signOut',
    method: 'delete',
    path: '/v1/session',
    tag: 'service',
    summary: 'Sign out',
    answers: { 204: { description: 'Signed out, or never signed in' } },
    isOpen: true,
  },
];

export const serviceOperations: readonly Operation[] = [
  ...libraryOperations,
  ...sessionOperations,
  {
    id: 'health',
    method: 'get',
    path: '/health',
    tag: 'service',
    summary: 'Whether the process lives',
    answers: { 200: { description: 'It does', json: healthSchema } },
    isOpen: true,
  },
  {
    id: 'ready',
    method: 'get',
    path: '/ready',
    tag: 'service',
    summary: 'Whether the process can answer, and what is searched',
    answers: {
      200: { description: 'It can', json: readySchema },
      503: { description: 'Not now', json: readySchema },
    },
  },
  {
    id: 'metrics',
    method: 'get',
    path: '/metrics',
    tag: 'service',
    summary: 'Figures for a monitoring system',
    answers: { 200: { description: "In Prometheus' text format", types: ['text/plain'] } },
  },
  {
    id: 'openApi',
    method: 'get',
    path: '/openapi.json',
    tag: 'service',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', json: z.looseObject({ openapi: z.string() }) } },
  },
  {
    id: 'docs',
    method: 'get',
    path: '/docs',
    tag: 'service',
    summary: 'This document as a page to read and to try out',
    answers: { 200: { description: 'The page', types: ['text/html'] } },
  },
];
