// Generated from the OpenAPI document of the collector by `cargo xtask openapi`. Do not edit it.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it runs. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What Prometheus scrapes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests should be sent here. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Ready"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The alerts that are remembered. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Alerts"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/{id}/ack": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Notes that somebody knows of an alert. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: number;
                };
                cookie?: never;
            };
            /** @description With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked. */
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["Acknowledgement"];
                };
            };
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RecordedAlert"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/alerts/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The alerts that were raised, the newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Those of a smaller id. */
                    before?: number;
                    /** @description Those that began at that time or later. */
                    from?: number;
                    /** @description The most alerts, 100 by default. */
                    limit?: number;
                    /** @description Those that began before that time. */
                    until?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertHistory"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done with keys, alerts and stored data, the newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Entries before the one with this `id`: that of the last entry of the page before. */
                    before?: number;
                    /** @description Maximum number of entries; 100 by default. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditLog"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/breakdowns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened by client type, version, cause or metadata, and before. */
        get: {
            parameters: {
                query: {
                    /**
                     * @description Property that reports are grouped by: `cause`, `clientType`, `sdk`, or `metadata.KEY` for a key that
                     *     the setting `breakdown-keys` names.
                     */
                    by: string;
                    /** @description By default an hour before its end. */
                    from?: number;
                    /** @description By default now. */
                    until?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Breakdown"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sessions, filtered and in order. */
        get: {
            parameters: {
                query?: {
                    /** @description Only sessions whose last link was lost for one of these causes. */
                    cause?: string[];
                    /** @description Only sessions of these client types. */
                    clientType?: string[];
                    /** @description Only live sessions that are healthy in one of these ways. */
                    health?: components["schemas"]["SessionHealth"][];
                    /** @description Maximum number of sessions in the answer. */
                    limit?: number;
                    /**
                     * @description Only sessions that are there in one of these ways. With `ENDED` or `STALE` the sessions are
                     *     found too that made room in memory.
                     */
                    liveness?: components["schemas"]["Liveness"][];
                    /** @description Only sessions whose last link was lost at this instant or later. */
                    lostSince?: number;
                    /** @description Only sessions whose last link was lost before this instant. */
                    lostUntil?: number;
                    /** @description Only sessions with at most this latency, in milliseconds. */
                    maxLatency?: number;
                    /**
                     * @description Only sessions with one of these values under a key of their metadata, such as
                     *     `metadata.region=eu,us`. Without a value: sessions without the key.
                     */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description Only sessions with at least this latency, in milliseconds. */
                    minLatency?: number;
                    /** @description Number of sessions to skip before the first one in the answer. */
                    offset?: number;
                    /** @description Only live sessions of one of these qualities. */
                    quality?: components["schemas"]["QualityOrUnknown"][];
                    /** @description Only sessions of clients of these versions. */
                    sdk?: string[];
                    /**
                     * @description Only sessions of whose id, user or client type this is a part, whatever the case. Sessions that
                     *     made room in memory are not searched for it.
                     */
                    search?: string;
                    /**
                     * @description The order, reversed by a `-` before it: `lastHeard` (the default), `registered` and `lastLoss`
                     *     begin with the newest, `latency` with the greatest, `quality` with the worst, `sessionId`
                     *     with A. Sessions that have none come last in both directions.
                     */
                    sort?: "lastHeard" | "-lastHeard" | "lastLoss" | "-lastLoss" | "latency" | "-latency" | "quality" | "-quality" | "registered" | "-registered" | "sessionId" | "-sessionId";
                    /** @description Only sessions of one of these statuses. Stale sessions have none. */
                    status?: components["schemas"]["Status"][];
                    /** @description Only sessions of these users. */
                    user?: string[];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectionPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same sessions, as a file of comma-separated values. */
        get: {
            parameters: {
                query?: {
                    /** @description Only sessions whose last link was lost for one of these causes. */
                    cause?: string[];
                    /** @description Only sessions of these client types. */
                    clientType?: string[];
                    /** @description Only live sessions that are healthy in one of these ways. */
                    health?: components["schemas"]["SessionHealth"][];
                    /** @description Maximum number of sessions in the answer. */
                    limit?: number;
                    /**
                     * @description Only sessions that are there in one of these ways. With `ENDED` or `STALE` the sessions are
                     *     found too that made room in memory.
                     */
                    liveness?: components["schemas"]["Liveness"][];
                    /** @description Only sessions whose last link was lost at this instant or later. */
                    lostSince?: number;
                    /** @description Only sessions whose last link was lost before this instant. */
                    lostUntil?: number;
                    /** @description Only sessions with at most this latency, in milliseconds. */
                    maxLatency?: number;
                    /**
                     * @description Only sessions with one of these values under a key of their metadata, such as
                     *     `metadata.region=eu,us`. Without a value: sessions without the key.
                     */
                    metadata?: {
                        [key: string]: string;
                    };
                    /** @description Only sessions with at least this latency, in milliseconds. */
                    minLatency?: number;
                    /** @description Number of sessions to skip before the first one in the answer. */
                    offset?: number;
                    /** @description Only live sessions of one of these qualities. */
                    quality?: components["schemas"]["QualityOrUnknown"][];
                    /** @description Only sessions of clients of these versions. */
                    sdk?: string[];
                    /**
                     * @description Only sessions of whose id, user or client type this is a part, whatever the case. Sessions that
                     *     made room in memory are not searched for it.
                     */
                    search?: string;
                    /**
                     * @description The order, reversed by a `-` before it: `lastHeard` (the default), `registered` and `lastLoss`
                     *     begin with the newest, `latency` with the greatest, `quality` with the worst, `sessionId`
                     *     with A. Sessions that have none come last in both directions.
                     */
                    sort?: "lastHeard" | "-lastHeard" | "lastLoss" | "-lastLoss" | "latency" | "-latency" | "quality" | "-quality" | "registered" | "-registered" | "sessionId" | "-sessionId";
                    /** @description Only sessions of one of these statuses. Stale sessions have none. */
                    status?: components["schemas"]["Status"][];
                    /** @description Only sessions of these users. */
                    user?: string[];
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The record of a session. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Connection"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Deletes a session with what is stored of it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    session_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"];
                    };
                };
                /** @description It is under way. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connections/{session_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a session's reports told of, the newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Only reports whose window ended before. */
                    before?: number;
                    /** @description Maximum number of reports in the answer. */
                    limit?: number;
                };
                header?: never;
                path: {
                    session_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TimeLine"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The metrics, now and within the last hour. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The metrics, where they go, and active alerts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HealthSummary"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The keys of the organisation. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Keys"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a key, and shows it once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked. */
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WantedKey"];
                };
            };
            responses: {
                /** @description It was made. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeKey"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a key, and ends what goes on with it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Key"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a key that takes the place of another. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            /** @description With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked. */
            requestBody?: {
                content: {
                    "application/json": components["schemas"]["KeyRotation"];
                };
            };
            responses: {
                /** @description It was made. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeKey"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The live stream, a WebSocket. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The connection is a WebSocket from here on. */
                101: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live/ticket": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A ticket for the live stream, for half a minute. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LiveTicket"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Document"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/organization": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The organisation: its name, and what limits it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Organization"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Deletes the organisation with everything that is stored of it. */
        delete: {
            parameters: {
                query?: {
                    /** @description The name of the organisation, as a confirmation. */
                    confirm?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"];
                    };
                };
                /** @description It is under way. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hands in a report; answered once it is stored. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked. */
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "activity": {
                     *         "connects": 1,
                     *         "disconnections": 0,
                     *         "failedAttempts": 0,
                     *         "heartbeats": 1,
                     *         "latency": {
                     *           "buckets": [
                     *             [
                     *               36,
                     *               1
                     *             ]
                     *           ],
                     *           "max": 23,
                     *           "min": 23,
                     *           "scale": 3,
                     *           "sum": 23
                     *         },
                     *         "missedHeartbeats": 0,
                     *         "reconnections": 0,
                     *         "unplannedDisconnections": 0
                     *       },
                     *       "batchId": "4f1d2c",
                     *       "events": [
                     *         {
                     *           "at": 1767225600000,
                     *           "name": "connection.registered"
                     *         }
                     *       ],
                     *       "eventsDropped": 0,
                     *       "interval": 30000,
                     *       "sampling": 1,
                     *       "sdk": "steadfast/0.1.0",
                     *       "sentAt": 1767225615000,
                     *       "session": {
                     *         "clientType": "web",
                     *         "connectedAt": 1767225600000,
                     *         "latency": 23,
                     *         "missedHeartbeats": 0,
                     *         "organizationId": "default",
                     *         "reconnectAttempts": 0,
                     *         "sessionId": "session-1",
                     *         "status": "CONNECTED",
                     *         "totalDisconnections": 0
                     *       },
                     *       "token": "00000000000000000000000000000000",
                     *       "version": 1,
                     *       "window": {
                     *         "end": 1767225615000,
                     *         "start": 1767225600000
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Report"];
                    "application/x-www-form-urlencoded": {
                        report: string;
                    };
                    "text/plain": components["schemas"]["Report"];
                };
            };
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Receipt"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rollups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened over time, step by step. */
        get: {
            parameters: {
                query?: {
                    /** @description By default an hour before its end. */
                    from?: number;
                    /** @description How many minutes each step has. */
                    minutes?: number;
                    /** @description By default now. */
                    until?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Rollups"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The silences that have not ended. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Silences"];
                    };
                };
            };
        };
        put?: never;
        /** Keeps alerts from being sent to webhooks for a time. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked. */
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WantedSilence"];
                };
            };
            responses: {
                /** @description It was made. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Silence"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/silences/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a silence. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Silence"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes the sessions of a user with what is stored of them. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"];
                    };
                };
                /** @description It is under way. */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Deleted"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where alerts are sent. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Webhooks"];
                    };
                };
            };
        };
        put?: never;
        /** Sets up a receiver of alerts. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            /** @description With `Content-Encoding: gzip` packed; the limits hold for what is packed and unpacked. */
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WantedWebhook"];
                };
            };
            responses: {
                /** @description It was made. */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeWebhook"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a receiver, with what waits for it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Webhook"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a test message, and returns the result of its delivery. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description As asked. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WebhookTest"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description What is said with an acknowledgement. */
        Acknowledgement: {
            /** @description A note for the history, at most 1000 bytes. */
            note?: string;
        };
        /**
         * @description What happened during a stretch of time, to one session or to many. Two stretches merge by
         *     addition.
         */
        Activity: {
            /**
             * @description Dials that brought a link up.
             * @default 0
             */
            connects: number;
            /**
             * @description Links that went down, planned or not.
             * @default 0
             */
            disconnections: number;
            /**
             * @description Dials that failed.
             * @default 0
             */
            failedAttempts: number;
            /**
             * @description Heartbeats that were answered.
             * @default 0
             */
            heartbeats: number;
            /**
             * @description The round-trip times.
             * @default {
             *       "buckets": [],
             *       "scale": 3,
             *       "sum": 0
             *     }
             */
            latency: components["schemas"]["Histogram"];
            /**
             * @description Heartbeats that were missed.
             * @default 0
             */
            missedHeartbeats: number;
            /**
             * @description Those of the connects that were not a session's first.
             * @default 0
             */
            reconnections: number;
            /**
             * @description Those of the disconnections that nobody meant.
             * @default 0
             */
            unplannedDisconnections: number;
        };
        /** @description Something that somebody should look at. */
        Alert: {
            /** @description When somebody said to know. */
            acknowledgedAt?: number;
            /** @description Since when the value has been beyond the threshold. */
            beganAt: number;
            /** @description When it was raised; absent while it is pending. */
            createdAt?: number;
            /** @description Names it, uniquely within its monitor. */
            id: number;
            /** @description When it was over. */
            resolvedAt?: number;
            /** @description How far the value is beyond its threshold. */
            severity: components["schemas"]["Severity"];
            /** @description How far it is. */
            status: components["schemas"]["AlertState"];
            /** @description What the value is compared with. */
            threshold: number;
            /** @description What it is about. */
            type: components["schemas"]["AlertKind"];
            /**
             * @description The value as last seen: milliseconds for `HIGH_LATENCY`, the share of what went wrong for
             *     `HIGH_ERROR_RATE`, the share of healthy sessions for `LOW_CONNECTION_QUALITY`, the share of
             *     expected sessions that report for `NO_REPORTS`, and the greatest load as a multiple of its threshold for `SYSTEM_OVERLOAD`.
             */
            value: number;
        };
        /** @description Alerts that were raised, the newest first. */
        AlertHistory: {
            alerts: components["schemas"]["RecordedAlert"][];
            /** @description The `before` of the next page; absent on the last one. */
            next?: number;
        };
        /** @description What an alert is about. */
        AlertKind: "HIGH_ERROR_RATE" | "HIGH_LATENCY" | "LOW_CONNECTION_QUALITY" | "NO_REPORTS" | "SYSTEM_OVERLOAD";
        /** @description The alerts of an organisation. */
        Alerts: {
            alerts: components["schemas"]["RecordedAlert"][];
        };
        /**
         * @description How far an alert is.
         *
         *     ```text
         *     PENDING ──▶ FIRING ⇄ ACKNOWLEDGED       grown worse, an acknowledged one fires again
         *        │           └──────┬──────┘
         *        ▼                  ▼
         *     forgotten    RESOLVED, or EXPIRED: nothing is known any more of what it is about
         *     ```
         */
        AlertState: "ACKNOWLEDGED" | "EXPIRED" | "FIRING" | "PENDING" | "RESOLVED";
        /** @description What was done. */
        AuditAction: "alert.acknowledged" | "connection.deleted" | "key.created" | "key.revoked" | "key.rotated" | "organization.created" | "organization.deleted" | "silence.created" | "silence.deleted" | "user.deleted" | "webhook.created" | "webhook.deleted" | "webhook.tested";
        /** @description An entry as it was written. */
        AuditEntry: {
            /** @description What was done. */
            action: components["schemas"]["AuditAction"];
            /** @description When it was done. */
            at: number;
            /** @description The number of the entry; later entries have larger ones. */
            id: number;
            /** @description The id of the key that it was done with, or `command` for the command line. */
            key: string;
            /** @description The name that the key had; absent if it had none. */
            keyName?: string;
            /** @description With what: an id or a name. */
            subject: string;
        };
        /** @description Entries of the audit log, the newest first. */
        AuditLog: {
            entries: components["schemas"]["AuditEntry"][];
        };
        /** @description What happened in a range, and in the range of the same length before, by the values of a key. */
        Breakdown: {
            by: string;
            /** @description The begin of the first step. */
            from: number;
            /** @description Everything that `by` can be. */
            keys: string[];
            /**
             * @description The length of a step: 1 for a range of at most a day that began within the last two days, the
             *     range before included; otherwise 60.
             */
            minutes: number;
            /** @description All other values. */
            other: {
                /** @description In the range of the same length before. */
                before: components["schemas"]["BreakdownFigures"];
                /** @description In the range. */
                now: components["schemas"]["BreakdownFigures"];
            };
            /**
             * @description The values with the most reports, those first; at most 50. The empty value is that of sessions
             *     without the key.
             */
            rows: components["schemas"]["Row"][];
            /** @description The end of the last step. */
            until: number;
        };
        /**
         * @description What reports tell. Latencies are in milliseconds; counts are for all sessions that the reports
         *     stand for, and by `cause` those of reports in which a link was lost for it.
         */
        BreakdownFigures: {
            /** @description The share of what was tried that failed. */
            errorRate: number;
            /** @description Links that were lost and nobody meant it. */
            linksLost: number;
            /** @description The same by cause; `unknown` for those that reports count and do not tell of. */
            linksLostByCause: {
                [key: string]: number;
            };
            p50?: number;
            p95?: number;
            /** @description The quality of live sessions, counted once for each report. */
            quality: components["schemas"]["QualityDistribution"];
            /** @description How many reports there are. */
            reports: number;
        };
        /** @description Why a link was lost, or did not come up. */
        Cause: {
            /** @constant */
            kind: "blocked";
        } | {
            /** @constant */
            kind: "certificate";
        } | {
            /** @description The close code. */
            code: number;
            /** @constant */
            kind: "closed_by_peer";
        } | {
            /** @constant */
            kind: "closed_by_user";
        } | {
            /** @constant */
            kind: "connect_timeout";
        } | {
            /** @constant */
            kind: "dns";
        } | {
            /** @description The WebSocket close code that it gave; it counts as if the peer had closed with it. */
            code?: number;
            /** @constant */
            kind: "handshake_failed";
        } | {
            /** @constant */
            kind: "heartbeat_timeout";
        } | {
            /** @constant */
            kind: "message_too_long";
        } | {
            /** @constant */
            kind: "no_address";
        } | {
            /** @constant */
            kind: "network";
        } | {
            /** @constant */
            kind: "not_web_socket";
        } | {
            /** @constant */
            kind: "page_left";
        } | {
            /** @constant */
            kind: "panicked";
        } | {
            /** @constant */
            kind: "protocol_violation";
        } | {
            /** @constant */
            kind: "proxy";
        } | {
            /** @constant */
            kind: "reconnect_requested";
        } | {
            /** @constant */
            kind: "redirect";
        } | {
            /** @constant */
            kind: "rejected";
            /** @description The HTTP status. */
            status: number;
        } | {
            /** @constant */
            kind: "subprotocol";
        } | {
            /** @constant */
            kind: "suspended";
        } | {
            /** @constant */
            kind: "tls";
        } | {
            /** @constant */
            kind: "tls_expected";
        } | {
            /** @constant */
            kind: "tls_unsupported";
        };
        /** @description A session: its last record, and whether it is there. */
        Connection: {
            /** @description See `Registration::client_type`. */
            clientType: string;
            /**
             * @description What was added to the client's instants, in milliseconds; absent if the client did not tell
             *     the time.
             */
            clockSkew?: number;
            /** @description When the present or the last link came up; absent before the first. */
            connectedAt?: number;
            /** @description How good the link is; absent while there is too little to judge by. */
            connectionQuality?: components["schemas"]["Quality"];
            /** @description When the last link went down; absent while one is up. */
            disconnectedAt?: number;
            /**
             * @description Why the session has failed; absent unless `status`(Self::status) is `Status::Failed`. A
             *     [manager](crate::manager) does not keep it.
             */
            failure?: components["schemas"]["SessionFailure"];
            /** @description When its first report came in, by the collector's clock. */
            firstHeard: number;
            /** @description When its last report came in, by the collector's clock. */
            lastHeard: number;
            /** @description When the peer last showed that it lives. */
            lastHeartbeat?: number;
            /** @description The last time that a link was lost and nobody meant it; absent if none was. */
            lastLoss?: components["schemas"]["LastLoss"];
            /** @description The running average of the round-trip time (RFC 6298's `SRTT`); absent without a sample. */
            latency?: number;
            /**
             * @description Whether it is there: `LIVE`, `ENDED` (its last status is `DISCONNECTED`), or `STALE` (it has
             *     not ended, and was not heard of for three times as long as it may be silent).
             */
            liveness: components["schemas"]["Liveness"];
            /** @description The number of attempts to connect again after which the session has failed; absent for no limit. */
            maxReconnectAttempts?: number;
            /** @description See `Registration::metadata`. */
            metadata?: components["schemas"]["Metadata"];
            /** @description How many heartbeats in a row were missed. */
            missedHeartbeats: number;
            /** @description See `Registration::organization_id`. */
            organizationId: string;
            /** @description The attempts to connect again since the last link that proved stable. */
            reconnectAttempts: number;
            /** @description Name and version of the client's package. */
            sdk?: string;
            /** @description See `Registration::session_id`. */
            sessionId: string;
            /** @description Whether there is a link. */
            status: components["schemas"]["Status"];
            /** @description How often a link was lost or closed. */
            totalDisconnections: number;
            /** @description See `Registration::user_id`. */
            userId?: string;
        };
        /** @description Some of an organisation's sessions. */
        ConnectionPage: {
            /** @description The sessions. */
            connections: components["schemas"]["Connection"][];
            /** @description How many there are in all. */
            total: number;
        };
        /**
         * @description The record of a session: what is known of it now.
         *
         *     In JSON instants are Unix timestamps and durations numbers, both in milliseconds; what is
         *     absent is left out.
         */
        ConnectionState: {
            /** @description See `Registration::client_type`. */
            clientType: string;
            /** @description When the present or the last link came up; absent before the first. */
            connectedAt?: number;
            /** @description How good the link is; absent while there is too little to judge by. */
            connectionQuality?: components["schemas"]["Quality"];
            /** @description When the last link went down; absent while one is up. */
            disconnectedAt?: number;
            /**
             * @description Why the session has failed; absent unless `status`(Self::status) is `Status::Failed`. A
             *     [manager](crate::manager) does not keep it.
             */
            failure?: components["schemas"]["SessionFailure"];
            /** @description When the peer last showed that it lives. */
            lastHeartbeat?: number;
            /** @description The running average of the round-trip time (RFC 6298's `SRTT`); absent without a sample. */
            latency?: number;
            /** @description The number of attempts to connect again after which the session has failed; absent for no limit. */
            maxReconnectAttempts?: number;
            /** @description See `Registration::metadata`. */
            metadata?: components["schemas"]["Metadata"];
            /** @description How many heartbeats in a row were missed. */
            missedHeartbeats: number;
            /** @description See `Registration::organization_id`. */
            organizationId: string;
            /** @description The attempts to connect again since the last link that proved stable. */
            reconnectAttempts: number;
            /** @description See `Registration::session_id`. */
            sessionId: string;
            /** @description Whether there is a link. */
            status: components["schemas"]["Status"];
            /** @description How often a link was lost or closed. */
            totalDisconnections: number;
            /** @description See `Registration::user_id`. */
            userId?: string;
        };
        /** @description What was deleted: 200, or 202 while rows are still being removed. */
        Deleted: {
            /** @description Whether nothing is left. If not, the rest is being removed. */
            complete: boolean;
            /** @description Reports that were removed; absent while that is not known. */
            reports?: number;
            /** @description Sessions that were deleted; absent while that is not known, and of an organisation. */
            sessions?: number;
        };
        /** @description The outcome of messages that did not arrive, or may not have. */
        DeliveryOutcome: "dropped" | "expired" | "unknown";
        /**
         * @description The word for a trend.
         * @enum {string}
         */
        Direction: "DECLINING" | "DEGRADING" | "GROWING" | "IMPROVING" | "STABLE" | "WORSENING";
        /** @description An OpenAPI 3.1 document. */
        Document: Record<string, never>;
        /** @description Something that happened, and when. */
        Event: {
            /** @description When it happened. */
            at: number;
        } & ((components["schemas"]["Alert"] & {
            /** @constant */
            name: "health.alert.acknowledged";
        }) | (components["schemas"]["Alert"] & {
            /** @constant */
            name: "health.alert.changed";
        }) | (components["schemas"]["Alert"] & {
            /** @constant */
            name: "health.alert.created";
        }) | (components["schemas"]["Alert"] & {
            /** @constant */
            name: "health.alert.resolved";
        }) | {
            /** @constant */
            name: "circuit.closed";
        } | {
            /** @constant */
            name: "circuit.half_opened";
        } | {
            /** @constant */
            name: "circuit.opened";
        } | {
            /** @constant */
            name: "circuit.reset";
        } | {
            /** @description Why. */
            cause: components["schemas"]["Cause"];
            /** @constant */
            name: "connection.disconnected";
            /** @description Whether somebody meant it. */
            planned: boolean;
        } | {
            /** @description How many in a row were missed. */
            missed: number;
            /** @constant */
            name: "connection.heartbeat";
            /** @description The round-trip time; absent for a miss. */
            rtt?: number;
        } | {
            /** @description How many there are. */
            count: number;
            /** @description The outcome of these messages. */
            delivery: components["schemas"]["DeliveryOutcome"];
            /** @description The first of them. */
            first: components["schemas"]["MessageId"];
            /** @description The last of them. */
            last: components["schemas"]["MessageId"];
            /** @constant */
            name: "message.delivery";
        } | (components["schemas"]["SessionFailure"] & {
            /** @constant */
            name: "connection.failed";
        }) | (components["schemas"]["HealthMetrics"] & {
            /** @constant */
            name: "health.metrics.collected";
        }) | {
            /** @description What it was; absent while there was too little to judge by. */
            from?: components["schemas"]["Quality"];
            /** @constant */
            name: "connection.quality.changed";
            /** @description The smoothed score, 0 … 100. */
            score: number;
            /**
             * @description What it is; absent while it cannot be judged: the page is hidden, or the session
             *     suspended.
             */
            to?: components["schemas"]["Quality"];
        } | {
            /** @constant */
            name: "connection.registered";
        } | {
            /** @constant */
            name: "connection.removed";
        } | {
            /** @description Its number, from 1. */
            attempt: number;
            /** @description The wait before it. */
            delay: number;
            /** @constant */
            name: "retry.attempt";
        } | {
            /** @description How many there were. */
            attempts: number;
            /** @constant */
            name: "retry.exhausted";
        } | {
            /** @description Its number; 0 for the very first dial, 1 for the first attempt of an operation. */
            attempt: number;
            /** @description Why, if it was an attempt to connect. */
            cause?: components["schemas"]["Cause"];
            /** @description What kind of failure it was; absent for one that would come again. */
            class?: components["schemas"]["FailureClass"];
            /** @constant */
            name: "retry.failed";
        } | {
            /** @description Its number; 0 for the very first dial, 1 for the first attempt of an operation. */
            attempt: number;
            /** @constant */
            name: "retry.success";
            /** @description How long it took. */
            took: number;
        } | {
            /** @constant */
            name: "connection.stale";
        } | {
            /** @description What it was. */
            from: components["schemas"]["Status"];
            /** @constant */
            name: "connection.status.changed";
            /** @description What it is. */
            to: components["schemas"]["Status"];
        } | {
            /** @constant */
            name: "connection.unread";
        });
        /** @description What kind of failure it was. */
        FailureClass: "overload" | "persistent" | "slow" | "transport";
        /** @description Why the last loss of a session was the last. */
        FailureReason: "attempts_exhausted" | "final_close_code" | "final_status";
        /**
         * @description When a threshold will be crossed: given only if the trend is sure (|Z| > 2.58), the threshold is
         *     not crossed yet, and it will be within a window from now.
         */
        Forecast: {
            /** @description When the steepest line that the points allow crosses it, at 95 % confidence. */
            earliestAt: number;
            /** @description When the line crosses it. */
            expectedAt: number;
            /** @description When the flattest one does; absent if it never does. */
            latestAt?: number;
            /** @description The threshold. */
            threshold: number;
        };
        /** @description The form of messages to a receiver. */
        Format: "alertmanager" | "pagerduty" | "signed" | "slack";
        /** @description An organisation's health, now and before. */
        Health: {
            /** @description The metrics of the last hour at most, the oldest first. */
            history: components["schemas"]["HealthPoint"][];
            /** @description The metrics as of now. */
            metrics: components["schemas"]["HealthMetrics"];
        };
        /** @description How a set of sessions is doing: how many there are now, and what happened in the last minute. */
        HealthMetrics: {
            /** @description The mean round-trip time within the last minute; absent without one. */
            averageLatency?: number;
            /** @description Links that were lost or closed within the last minute, per minute. */
            disconnectionRate: number;
            /**
             * @description Sessions that have ended, and are still known.
             * @default 0
             */
            endedConnections: number;
            /**
             * @description The share of what was tried within the last minute that went wrong, 0 … 1: see
             *     `Activity::error_rate`.
             */
            errorRate: number;
            /** @description Live, connected, and with a good or an excellent quality. */
            healthyConnections: number;
            /** @description The round-trip times of the last five minutes; absent without one. */
            last5Minutes?: components["schemas"]["LatencySummary"];
            /** @description The round-trip times of the last hour; absent without one. */
            lastHour?: components["schemas"]["LatencySummary"];
            /** @description The median round-trip time within the last minute, within 4.33 %. */
            latencyP50?: number;
            /** @description 95 % of the round-trip times within the last minute are no longer, within 4.33 %. */
            latencyP95?: number;
            /** @description 99 % of the round-trip times within the last minute are no longer, within 4.33 %. */
            latencyP99?: number;
            /**
             * @description Sessions that are heard of and have not ended.
             * @default 0
             */
            liveConnections: number;
            /** @description How long the last collection took, as measured by the driver of the monitor. */
            processingTime?: number;
            /** @description Live sessions by quality. */
            qualityDistribution: components["schemas"]["QualityDistribution"];
            /** @description Links that came back within the last minute, per minute. */
            reconnectionRate: number;
            /**
             * @description Sessions that have not ended, and were not heard of for three of their intervals.
             * @default 0
             */
            staleConnections: number;
            /** @description Sessions by status, without stale ones. */
            statusDistribution: components["schemas"]["StatusDistribution"];
            /** @description What the machine or the page has to do; absent if nothing is known of it. */
            systemLoad?: components["schemas"]["SystemLoad"];
            /** @description All sessions that are known: live, ended and stale ones. */
            totalConnections: number;
            /**
             * @description Live, and reconnecting, failed, or connected with a poor or critical quality. Those that are
             *     suspended, or whose quality is unknown, are neither healthy nor unhealthy.
             */
            unhealthyConnections: number;
        };
        /** @description The metrics at one time. */
        HealthPoint: {
            /** @description When they were computed. */
            at: number;
            /** @description The metrics. */
            metrics: components["schemas"]["HealthMetrics"];
        };
        /** @description All that is known in one answer. */
        HealthSummary: {
            /** @description The alerts that were raised and are not over. */
            alerts: components["schemas"]["Alert"][];
            /** @description The metrics as of now. */
            metrics: components["schemas"]["HealthMetrics"];
            /** @description Where they are going. */
            trends: components["schemas"]["HealthTrends"];
        };
        /**
         * @description Where values are going. Absent below 10 points.
         *
         *     What changes over the window by less than a fifth of its median, or by less than 10 ms, a share of
         *     0.005 or one session, is `STABLE`, however sure the change is.
         */
        HealthTrends: {
            /** @description The sessions that have a link: `GROWING`, `STABLE`, `DECLINING`. */
            connections?: components["schemas"]["Trend"];
            /** @description The error rate: `IMPROVING`, `STABLE`, `WORSENING`. */
            errors?: components["schemas"]["Trend"];
            /** @description The median round-trip time in milliseconds: `IMPROVING`, `STABLE`, `DEGRADING`. */
            latency?: components["schemas"]["Trend"];
        };
        /**
         * @description Values in base-2 exponential buckets, as those of `OpenTelemetry`: index and count of each that
         *     is not empty.
         */
        Histogram: {
            buckets: [
                number,
                number
            ][];
            max?: number;
            min?: number;
            scale: number;
            sum: number;
        };
        /** @description What may be known of a key. */
        Key: {
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description Milliseconds since the Unix epoch. */
            expiresAt?: number;
            id: string;
            kind: components["schemas"]["KeyKind"];
            /** @description When it was last used, exact to a minute; absent if never. */
            lastUsed?: number;
            /** @description What people call it; absent if it has no name. */
            name?: string;
            origins: string[];
            perMinute: number;
        };
        /** @description What a key is good for. */
        KeyKind: "publishable" | "read-only" | "secret";
        /** @description How often something of a key's reports was not taken as it was reported. */
        KeyNote: {
            /** @description The code: why a report was refused, what of it was ignored, or which limit reduced its weight. */
            code: string;
            /** @description How often, since this collector began. */
            count: number;
            /** @description The id of the key. */
            key: string;
            /** @description When it was so last. */
            lastAt: number;
        };
        /** @description How a key is to be replaced. */
        KeyRotation: {
            /** @description How long it stays good, in milliseconds; a day by default. */
            overlap?: number;
        };
        /** @description The keys of an organisation, the oldest first. */
        Keys: {
            keys: components["schemas"]["Key"][];
        };
        /** @description A link that was lost, and nobody meant it. */
        LastLoss: {
            /** @description When it was lost. */
            at: number;
            /** @description Why. */
            cause: components["schemas"]["Cause"];
        };
        /** @description Round-trip times within a stretch of time; percentiles are within 4.33 %. */
        LatencySummary: {
            /** @description Their mean. */
            average: number;
            /** @description How many there were. */
            count: number;
            /** @description Their median. */
            p50: number;
            /** @description 95 % are no longer. */
            p95: number;
            /** @description 99 % are no longer. */
            p99: number;
        };
        /** @description Whether a session is there, as far as this side can know. */
        Liveness: "ENDED" | "LIVE" | "STALE";
        /** @description A ticket, as it is given out. */
        LiveTicket: {
            /** @description Good for one connection, and for half a minute. */
            ticket: string;
        };
        /** @description A new key. Only this answer shows it. */
        MadeKey: {
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description Milliseconds since the Unix epoch. */
            expiresAt?: number;
            id: string;
            key: string;
            kind: components["schemas"]["KeyKind"];
            /** @description When it was last used, exact to a minute; absent if never. */
            lastUsed?: number;
            /** @description What people call it; absent if it has no name. */
            name?: string;
            origins: string[];
            perMinute: number;
        };
        /** @description A receiver that was set up just now. */
        MadeWebhook: {
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description The name of the key that set it up, or the id of a key without a name. */
            createdBy: string;
            format: components["schemas"]["Format"];
            /** @description The host of the address, and the port if one was given. */
            host: string;
            id: string;
            /** @description Secret that signs messages, if it was made for this receiver. Only this answer shows it. */
            secret?: string;
        };
        /** @description One message of one connection, numbered by the driver in the order of sending, from 0. */
        MessageId: number;
        /** @description Facts about a session, by name. */
        Metadata: {
            [key: string]: components["schemas"]["MetadataValue"];
        };
        /** @description One fact of a session's `Metadata`. */
        MetadataValue: boolean | number | string;
        /** @description An organisation, and what limits it. */
        Organization: {
            /** @description The name. */
            name: string;
            /**
             * @description Reports that this collector has refused since it began, parts of reports that it passed over,
             *     reports that it took for another session, and reports that count with a reduced weight, by key
             *     and code.
             */
            refusals: components["schemas"]["KeyNote"][];
            /** @description How long each kind of data is kept. */
            retention: components["schemas"]["Retention"];
            sessions: components["schemas"]["SessionRoom"];
        };
        /** @description How good a link is. Ordered: `Excellent` is the greatest. */
        Quality: "CRITICAL" | "POOR" | "GOOD" | "EXCELLENT";
        /** @description Sessions by quality. */
        QualityDistribution: {
            CRITICAL: number;
            EXCELLENT: number;
            GOOD: number;
            POOR: number;
            /** @description Too little is known to judge by. */
            UNKNOWN: number;
        };
        /** @description A quality, or that too little is known to judge by. */
        QualityOrUnknown: ("CRITICAL" | "EXCELLENT" | "GOOD" | "POOR") | "UNKNOWN";
        /** @description What `/readyz` answers. */
        Ready: {
            /** @description Whether all of the below are as they should be. */
            ready: boolean;
            /** @description Whether what is known of the sessions was restored. */
            restored: boolean;
            /** @description Whether the collector is ending. */
            stopping: boolean;
            /** @description Whether the last attempt to write succeeded. */
            store: components["schemas"]["StoreState"];
        };
        /** @description The answer to a report that is stored. */
        Receipt: {
            /** @description It is stored. */
            accepted: boolean;
            /** @description It was stored before, and counts once. */
            duplicate: boolean;
            /**
             * @description The shortest time between two reports, at most `Advice::LONGEST_INTERVAL`. It never makes
             *     a client report more often than it was configured to.
             */
            interval?: number;
            /** @description The session that it was taken for, if it names one whose token it does not show. */
            otherSession?: string;
            /**
             * @description The share of windows to report, from `Advice::LEAST_SAMPLING` to 1. A client reports one
             *     window of every n, where 1/n is nearest to the share, and one an hour at least.
             */
            sampling?: number;
        };
        /** @description An alert, and what people did about it. */
        RecordedAlert: {
            /** @description When somebody said to know. */
            acknowledgedAt?: number;
            /** @description The name of the key that acknowledged it last, or the id of a key without a name. */
            acknowledgedBy?: string;
            /** @description Since when the value has been beyond the threshold. */
            beganAt: number;
            /** @description When it was raised; absent while it is pending. */
            createdAt?: number;
            /** @description Names it, uniquely within its monitor. */
            id: number;
            /**
             * @description A page of the dashboard with the sessions that the alert is about; absent without
             *     `--public-url`.
             */
            link?: string;
            /** @description What was noted with the acknowledgement. */
            note?: string;
            /** @description When it was over. */
            resolvedAt?: number;
            /** @description How far the value is beyond its threshold. */
            severity: components["schemas"]["Severity"];
            /** @description Until when it is not sent to webhooks. */
            silencedUntil?: number;
            /** @description How far it is. */
            status: components["schemas"]["AlertState"];
            /** @description What the value is compared with. */
            threshold: number;
            /** @description What it is about. */
            type: components["schemas"]["AlertKind"];
            /**
             * @description The value as last seen: milliseconds for `HIGH_LATENCY`, the share of what went wrong for
             *     `HIGH_ERROR_RATE`, the share of healthy sessions for `LOW_CONNECTION_QUALITY`, the share of
             *     expected sessions that report for `NO_REPORTS`, and the greatest load as a multiple of its threshold for `SYSTEM_OVERLOAD`.
             */
            value: number;
        };
        /** @description A refusal or a failure. */
        Refusal: {
            /** @description What went wrong. */
            error: {
                /** @description Its stable name. */
                code: string;
                /** @description The same in words. */
                message: string;
            };
        };
        /**
         * @description What a client tells the collector of one session: its record, and what happened to it within a
         *     window. Sent as JSON with `POST /v1/reports`, at most `Report::MAX_BYTES` long.
         *
         *     It never carries an address with its query, credentials for the server, or a message. Fields and events that a
         *     later version adds are passed over.
         */
        Report: {
            /**
             * @description What happened within the window. Of links each count is at most 5, of heartbeats at most 20 for
             *     every second of the window, of ten seconds more, and of a day at most; a round-trip time is an
             *     hour at most.
             */
            activity: components["schemas"]["Activity"];
            /** @description Names the report: the same one delivered twice counts once. 1 to 64 of `A-Z a-z 0-9 _ -`. */
            batchId: string;
            /** @description The events within the window in order, but for heartbeats, which are counted only. */
            events: components["schemas"]["Event"][];
            /** @description How many events are missing, because there were more than `Report::MAX_EVENTS`. */
            eventsDropped: number;
            /**
             * @description The time from one window's end to the next, as configured or as the collector asked for. With
             *     the sampling it says when the next report is due: see `next_in`(Self::next_in).
             */
            interval?: number;
            /**
             * @description The share of windows that are reported: one of 0.1 stands for ten. From
             *     `Advice::LEAST_SAMPLING` to 1.
             */
            sampling: number;
            /** @description What made it: name and version of the package. */
            sdk: string;
            /** @description When it was sent, by the client's clock; each time anew. It tells how far that clock is off. */
            sentAt?: number;
            /** @description The record of the session as of the window's end. */
            session: components["schemas"]["ConnectionState"];
            /** @description Shows that it comes from the client that began the session, the same in all of its reports. */
            token?: string;
            /** @description The version of this form: `Report::VERSION`. */
            version: number;
            /** @description The stretch of time it speaks of. */
            window: components["schemas"]["ReportWindow"];
        };
        /** @description What one report told of. */
        ReportEvents: {
            batchId: string;
            /** @description What was added to the client's instants, in milliseconds. */
            clockSkew?: number;
            /** @description Milliseconds since the Unix epoch. */
            end: number;
            events: components["schemas"]["Event"][];
            eventsDropped: number;
            /** @description Milliseconds since the Unix epoch. */
            receivedAt: number;
            /** @description Milliseconds since the Unix epoch. */
            start: number;
        };
        /** @description A stretch of time by the client's clock. */
        ReportWindow: {
            /** @description Its end. */
            end: number;
            /** @description Its begin. */
            start: number;
        };
        /** @description How long each kind of data is kept. In JSON durations are milliseconds. */
        Retention: {
            /** @description The history of alerts. 30 days by default. */
            alerts: number;
            /** @description The audit log. 400 days by default. */
            audit: number;
            /** @description Ended sessions, after their last report. 30 days by default. */
            endedSessions: number;
            /**
             * @description The events of reports, which are the time lines of sessions. At most `reports`; 7 days by
             *     default.
             */
            events: number;
            /** @description Keys, after they expired. 30 days by default. */
            keys: number;
            /**
             * @description Reports, after they came in. One that is delivered again later counts again. 7 days by
             *     default.
             */
            reports: number;
            /** @description The figures of each minute. 30 days by default. */
            rollups: number;
            /** @description Stale sessions, after their last report. 30 days by default. */
            staleSessions: number;
        };
        /** @description Steps in which something was reported, the oldest first. */
        Rollups: {
            rollups: components["schemas"]["Step"][];
        };
        /** @description The figures of one value. */
        Row: {
            /** @description In the range of the same length before. */
            before: components["schemas"]["BreakdownFigures"];
            /** @description In the range. */
            now: components["schemas"]["BreakdownFigures"];
            /** @description The value; cut to 64 bytes. */
            value: string;
        };
        /** @description Why a session has failed: no link is dialled until the user asks for one. */
        SessionFailure: {
            /** @description The last loss: how the last link went down, or why the last dial failed. */
            cause: components["schemas"]["Cause"];
            /** @description Why the last loss was the last. */
            reason: components["schemas"]["FailureReason"];
        };
        /** @description Whether a live session is healthy. One that is stale or has ended is none of these. */
        SessionHealth: "HEALTHY" | "UNHEALTHY" | "UNJUDGED";
        /** @description How many sessions are live, and how many can be. */
        SessionRoom: {
            /**
             * @description Maximum number of live sessions: `--max-sessions`. Reports of new sessions beyond it are
             *     refused.
             */
            limit: number;
            /** @description Live sessions. */
            live: number;
            /** @description Whether `live` is more than 80 % of `limit`. */
            nearLimit: boolean;
        };
        /**
         * @description How far a value is beyond its threshold: up to 1.5 times, twice, three times, and more. Of a
         *     fleet's quality the share of unhealthy sessions counts, and of `NO_REPORTS` how many times fewer
         *     sessions report than the threshold asks for. A session that is alone is `Medium` while its level
         *     is `POOR`, and `Critical` while it is `CRITICAL`. Ordered: `Critical` is the greatest.
         * @enum {string}
         */
        Severity: "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";
        /**
         * @description A time for which alerts are not sent to webhooks. They are judged, listed and counted all the
         *     same.
         */
        Silence: {
            /** @description When the silence was made. */
            createdAt: number;
            /** @description The name of the key that made it, or the id of a key without a name. */
            createdBy: string;
            /** @description The name of the silence: `sil_` and 16 digits. */
            id: string;
            /** @description Why. */
            note: string;
            /** @description The greatest severity that is silenced; absent for all. */
            severity?: components["schemas"]["Severity"];
            /** @description The type of alert that is silenced; absent for all types. */
            type?: components["schemas"]["AlertKind"];
            /** @description When the silence ends. An alert that is still firing is sent then. */
            until: number;
        };
        /** @description The silences of an organisation that have not ended, the one that ends first first. */
        Silences: {
            silences: components["schemas"]["Silence"][];
        };
        /**
         * @description Whether a session has a link, and the next step if not.
         *
         *     ```text
         *                   open                 link up
         *     DISCONNECTED ──────▶ RECONNECTING ────────▶ CONNECTED
         *          ▲                 │  ▲   ▲  ◀────────      │
         *          │ close           │  │   │   link lost     │
         *          ├─────────────────┤  │   └─ FAILED ◀───────┤  given up, or told not to come back
         *          └── from anywhere ┘  └───── SUSPENDED ◀────┘  the machine or the page sleeps or is offline
         *     ```
         *
         *     The legal transitions are those of `Status::may_become`; every other one is refused.
         */
        Status: "CONNECTED" | "DISCONNECTED" | "FAILED" | "RECONNECTING" | "SUSPENDED";
        /** @description Sessions by status. */
        StatusDistribution: {
            CONNECTED: number;
            DISCONNECTED: number;
            FAILED: number;
            RECONNECTING: number;
            SUSPENDED: number;
        };
        /** @description What happened within one step. Latencies are in milliseconds. */
        Step: {
            activity: components["schemas"]["Activity"];
            /** @description Milliseconds since the Unix epoch. */
            at: number;
            errorRate: number;
            p50?: number;
            p90?: number;
            p95?: number;
            p99?: number;
            reports: number;
        };
        /** @description Result of the last attempt to write. */
        StoreState: "failing" | "writable";
        /** @description What the machine or the page has to do, as far as it may be known. */
        SystemLoad: {
            /** @description The share of the processors' time that was used, 0 … 1. */
            cpu?: number;
            /** @description The share of the time that went into tasks of more than 50 ms, 0 … 1. */
            longTasks?: number;
            /**
             * @description 95 % of the last minute's turns of the event loop began no later than they should have.
             *     Computed from `HealthMonitor::handle_lag`(super::HealthMonitor::handle_lag).
             */
            loopLagP95?: number;
            /** @description The memory there is, in bytes. */
            memoryTotal?: number;
            /** @description The memory in use, in bytes. */
            memoryUsed?: number;
            /** @description The share of a queue that is filled, 0 … 1. */
            queue?: number;
            /**
             * @description The share of the limit of sessions that is in use, 0 … 1. A collector reports the greatest
             *     share of live sessions of any organisation.
             */
            sessions?: number;
        };
        /** @description What the reports of a session told of, the newest first. */
        TimeLine: {
            reports: components["schemas"]["ReportEvents"][];
        };
        /** @description Where one value is going. */
        Trend: {
            /** @description By how much it has risen over the window. */
            change: number;
            /** @description The word for it. */
            direction: components["schemas"]["Direction"];
            /** @description When the value will cross the threshold of its alert, if it goes on like this. */
            forecast?: components["schemas"]["Forecast"];
            /** @description By how much the fitted line rises in a minute. */
            slope: number;
            /**
             * @description How sure it is that there is a trend: the statistic of Mann and Kendall, in standard
             *     deviations. |Z| > 1.96 is what chance alone would do in one of 20 cases.
             */
            z: number;
        };
        /** @description The key that is wanted. */
        WantedKey: {
            kind: components["schemas"]["KeyKind"];
            /**
             * @description What people call it, such as the program that uses it.
             * @default
             */
            name: string;
            /**
             * @description The origins of pages that may use it; none is any. None for a secret or a read-only key.
             * @default []
             */
            origins: string[];
            /** @description The most requests in a minute; by default 60,000 for a publishable key and 6,000 for the others. */
            perMinute?: number;
        };
        /** @description The silence that is wanted. */
        WantedSilence: {
            /**
             * @description Why, at most 1000 bytes.
             * @default
             */
            note: string;
            /** @description The greatest severity to silence; all by default. */
            severity?: components["schemas"]["Severity"];
            /** @description The type of alert to silence; all types by default. */
            type?: components["schemas"]["AlertKind"];
            /** @description When the silence ends: at most 90 days from now. */
            until: number;
        };
        /** @description The receiver that is wanted. */
        WantedWebhook: {
            format: components["schemas"]["Format"];
            /**
             * @description The routing key for `pagerduty`; for `signed` what messages are signed with, `whsec_` and the
             *     Base64 of 24 to 64 bytes, made if there is none. None for the others.
             */
            secret?: string;
            /**
             * @description Where messages are posted. By default `PagerDuty`'s own address for `pagerduty`; the others
             *     need one.
             */
            url?: string;
        };
        /** @description What may be known of a receiver: not its path and its secret. */
        Webhook: {
            /** @description Milliseconds since the Unix epoch. */
            createdAt: number;
            /** @description The name of the key that set it up, or the id of a key without a name. */
            createdBy: string;
            format: components["schemas"]["Format"];
            /** @description The host of the address, and the port if one was given. */
            host: string;
            id: string;
        };
        /** @description The receivers of an organisation, the oldest first. */
        Webhooks: {
            webhooks: components["schemas"]["Webhook"][];
        };
        /** @description Result of a test message. */
        WebhookTest: {
            /** @description Whether the receiver took it. */
            delivered: boolean;
            /** @description Why there was no answer. */
            error?: string;
            /** @description The status of the answer, if there was one. */
            status?: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Acknowledgement = components['schemas']['Acknowledgement'];
export type Activity = components['schemas']['Activity'];
export type Alert = components['schemas']['Alert'];
export type AlertHistory = components['schemas']['AlertHistory'];
export type AlertKind = components['schemas']['AlertKind'];
export type Alerts = components['schemas']['Alerts'];
export type AlertState = components['schemas']['AlertState'];
export type AuditAction = components['schemas']['AuditAction'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditLog = components['schemas']['AuditLog'];
export type Breakdown = components['schemas']['Breakdown'];
export type BreakdownFigures = components['schemas']['BreakdownFigures'];
export type Cause = components['schemas']['Cause'];
export type Connection = components['schemas']['Connection'];
export type ConnectionPage = components['schemas']['ConnectionPage'];
export type ConnectionState = components['schemas']['ConnectionState'];
export type Deleted = components['schemas']['Deleted'];
export type DeliveryOutcome = components['schemas']['DeliveryOutcome'];
export type Direction = components['schemas']['Direction'];
export type Document = components['schemas']['Document'];
export type Event = components['schemas']['Event'];
export type FailureClass = components['schemas']['FailureClass'];
export type FailureReason = components['schemas']['FailureReason'];
export type Forecast = components['schemas']['Forecast'];
export type Format = components['schemas']['Format'];
export type Health = components['schemas']['Health'];
export type HealthMetrics = components['schemas']['HealthMetrics'];
export type HealthPoint = components['schemas']['HealthPoint'];
export type HealthSummary = components['schemas']['HealthSummary'];
export type HealthTrends = components['schemas']['HealthTrends'];
export type Histogram = components['schemas']['Histogram'];
export type Key = components['schemas']['Key'];
export type KeyKind = components['schemas']['KeyKind'];
export type KeyNote = components['schemas']['KeyNote'];
export type KeyRotation = components['schemas']['KeyRotation'];
export type Keys = components['schemas']['Keys'];
export type LastLoss = components['schemas']['LastLoss'];
export type LatencySummary = components['schemas']['LatencySummary'];
export type Liveness = components['schemas']['Liveness'];
export type LiveTicket = components['schemas']['LiveTicket'];
export type MadeKey = components['schemas']['MadeKey'];
export type MadeWebhook = components['schemas']['MadeWebhook'];
export type MessageId = components['schemas']['MessageId'];
export type Metadata = components['schemas']['Metadata'];
export type MetadataValue = components['schemas']['MetadataValue'];
export type Organization = components['schemas']['Organization'];
export type Quality = components['schemas']['Quality'];
export type QualityDistribution = components['schemas']['QualityDistribution'];
export type QualityOrUnknown = components['schemas']['QualityOrUnknown'];
export type Ready = components['schemas']['Ready'];
export type Receipt = components['schemas']['Receipt'];
export type RecordedAlert = components['schemas']['RecordedAlert'];
export type Refusal = components['schemas']['Refusal'];
export type Report = components['schemas']['Report'];
export type ReportEvents = components['schemas']['ReportEvents'];
export type ReportWindow = components['schemas']['ReportWindow'];
export type Retention = components['schemas']['Retention'];
export type Rollups = components['schemas']['Rollups'];
export type Row = components['schemas']['Row'];
export type SessionFailure = components['schemas']['SessionFailure'];
export type SessionHealth = components['schemas']['SessionHealth'];
export type SessionRoom = components['schemas']['SessionRoom'];
export type Severity = components['schemas']['Severity'];
export type Silence = components['schemas']['Silence'];
export type Silences = components['schemas']['Silences'];
export type Status = components['schemas']['Status'];
export type StatusDistribution = components['schemas']['StatusDistribution'];
export type Step = components['schemas']['Step'];
export type StoreState = components['schemas']['StoreState'];
export type SystemLoad = components['schemas']['SystemLoad'];
export type TimeLine = components['schemas']['TimeLine'];
export type Trend = components['schemas']['Trend'];
export type WantedKey = components['schemas']['WantedKey'];
export type WantedSilence = components['schemas']['WantedSilence'];
export type WantedWebhook = components['schemas']['WantedWebhook'];
export type Webhook = components['schemas']['Webhook'];
export type Webhooks = components['schemas']['Webhooks'];
export type WebhookTest = components['schemas']['WebhookTest'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
