/**
 * Shows /openapi.json. Nothing is asked of other servers, and nothing is kept in the browser.
 * Source: the configuration page of Swagger UI. Deviation: none.
 */
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
});
