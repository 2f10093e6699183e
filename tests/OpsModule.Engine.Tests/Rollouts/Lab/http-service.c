/* An HTTP service of the tests. It closes its listener at SIGTERM, as many do, finishes what it has, and ends.
 *
 * Switches, by environment:
 *   PORT (8080)            VERSION (1)            in each answer: header X-Version and the body's first word
 *   START_DELAY_MS         nothing listens before
 *   CRASH_AFTER_MS         ends with exit code 3 after so long; 0 is at once
 *   HEALTH_NEVER=1         /health answers 503; any other number is the status itself
 *   HEALTH_FAILS_AFTER_MS  /health answers 503 from then on
 *   ERRORS_PERCENT         so many of 100 requests (not /health) are answered 500; ERRORS_AFTER_MS from then on
 *   ANSWER_MS              each answer takes so long
 *   DRAIN_MS (10000)       how long it waits at most, at SIGTERM, for requests that it has
 *   HOLD_MS                each request that is there at SIGTERM takes so much longer (a slow drain)
 *   IGNORE_TERM=1          it does not end by itself
 *   TENANTS=1              it has tenants, which each instance keeps for itself:
 *                          GET /me with "Authorization: Bearer NAME-token", "Cookie: session=NAME-session" or
 *                          "X-Api-Key: NAME-key": 200, 403 while NAME is suspended, else 401
 *                          POST /jobs/NAME puts a job into the queue of this instance, and answers when its consumer took it:
 *                          200 when it was done, 403 when it was thrown away, as NAME was suspended by then
 *                          POST /admin/tenants/NAME/suspend, .../resume; GET /admin/tenants/NAME tells as JSON
 *                          POST /admin/stale: from then on this instance accepts what it has accepted (a cache without an end)
 *   STALE_MS               so long a token is accepted still after its tenant was suspended (a cache)
 *
 * GET /token (signed with API_SECRET)   GET /check/TOKEN (401 but for those of API_SECRET and API_SECRET_PREVIOUS)
 * GET /health   GET /env/NAME   GET /ws (echoes frames; a close frame with 1001 at SIGTERM)   any other: "VERSION INSTANCE LENGTH-OF-BODY"
 * With the arguments `probe PATH` it asks itself and ends with 0 for 200: a health check for an image without a shell.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *version;
static char instance[256];
static long started, port, answer_ms, hold_ms, errors_percent, errors_after, health_fails, health_never;
static atomic_int ending, requests, counted;

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

static long setting(const char *name, long otherwise) {
    const char *value = getenv(name);
    return value && *value ? strtol(value, NULL, 10) : otherwise;
}

static void pause_ms(long ms) {
    struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
    while (ms > 0 && nanosleep(&t, &t) && errno == EINTR) { }
}

static int send_all(int to, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t sent = send(to, at, length, MSG_NOSIGNAL);
        if (sent <= 0) return -1;
        at += sent;
        length -= (size_t)sent;
    }
    return 0;
}

/* ---- what a websocket's handshake needs ---- */
static uint32_t rotate(uint32_t x, int by) { return x << by | x >> (32 - by); }

static void sha1(const unsigned char *text, size_t length, unsigned char out[20]) {
    uint32_t h[5] = { 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0 };
    unsigned char block[192] = { 0 };
    size_t total = (length + 9 + 63) / 64 * 64;
    memcpy(block, text, length);
    block[length] = 0x80;
    for (int i = 0; i < 8; i++) block[total - 1 - i] = (unsigned char)((uint64_t)length * 8 >> 8 * i);
    for (size_t at = 0; at < total; at += 64) {
        uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (int i = 0; i < 16; i++) {
            const unsigned char *p = block + at + 4 * i;
            w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        }
        for (int i = 16; i < 80; i++) w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        for (int i = 0; i < 80; i++) {
            uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 ? b ^ c ^ d : i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
            uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
            uint32_t t = rotate(a, 5) + f + e + k + w[i];
            e = d; d = c; c = rotate(b, 30); b = a; a = t;
        }
        h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e;
    }
    for (int i = 0; i < 20; i++) out[i] = (unsigned char)(h[i / 4] >> (24 - i % 4 * 8));
}

static void base64(const unsigned char *in, int length, char *out) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < length; i += 3) {
        uint32_t v = (uint32_t)in[i] << 16 | (i + 1 < length ? in[i + 1] << 8 : 0) | (i + 2 < length ? in[i + 2] : 0);
        *out++ = letters[v >> 18];
        *out++ = letters[v >> 12 & 63];
        *out++ = i + 1 < length ? letters[v >> 6 & 63] : '=';
        *out++ = i + 2 < length ? letters[v & 63] : '=';
    }
    *out = 0;
}

static int read_exactly(int from, unsigned char *to, size_t length) {
    while (length > 0) {
        ssize_t got = recv(from, to, length, 0);
        if (got <= 0) return -1;
        to += got;
        length -= (size_t)got;
    }
    return 0;
}

/* Small text frames alone; the tests send no others. */
static void websocket(int client, const char *key) {
    unsigned char text[160], digest[20];
    char accept[40], answer[256];
    int length = snprintf((char *)text, sizeof text, "%.60s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1(text, (size_t)length, digest);
    base64(digest, 20, accept);
    length = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\nX-Version: %.40s\r\n\r\n", accept, version);
    if (send_all(client, answer, (size_t)length)) return;
    for (;;) {
        struct pollfd waiting = { client, POLLIN, 0 };
        if (poll(&waiting, 1, 100) == 0) {
            if (!ending) continue;
            static const unsigned char going[] = { 0x88, 2, 0x03, 0xE9 };
            send_all(client, going, sizeof going);
            /* The other side answers with a close frame of its own. */
            poll(&waiting, 1, 2000);
            return;
        }
        unsigned char head[6], body[126];
        if (read_exactly(client, head, 2)) return;
        size_t size = head[1] & 127;
        if (size > 125 || read_exactly(client, head + 2, 4) || read_exactly(client, body, size)) return;
        for (size_t i = 0; i < size; i++) body[i] ^= head[2 + i % 4];
        unsigned char frame[130] = { head[0], (unsigned char)size };
        memcpy(frame + 2, body, size);
        if (send_all(client, frame, size + 2) || (head[0] & 15) == 8) return;
    }
}

/* ---- tokens: a number, and what its SHA-1 with a secret before it is; enough to tell who has signed it ---- */
static void sign(const char *secret, const char *number, char out[41]) {
    unsigned char text[160], digest[20];
    int length = snprintf((char *)text, sizeof text, "%.100s:%.20s", secret, number);
    sha1(text, (size_t)length, digest);
    for (int i = 0; i < 20; i++) sprintf(out + 2 * i, "%02x", digest[i]);
}

static int accepts(const char *token) {
    static const char *const names[] = { "API_SECRET", "API_SECRET_PREVIOUS" };
    char number[21], signature[41], own[41];
    if (sscanf(token, "%20[0-9].%40[0-9a-f]", number, signature) != 2) return 0;
    for (int i = 0; i < 2; i++) {
        const char *secret = getenv(names[i]);
        if (!secret || !*secret) continue;
        sign(secret, number, own);
        if (!strcmp(own, signature)) return 1;
    }
    return 0;
}

/* ---- HTTP ---- */
static const char *header(const char *head, const char *name, char *value, size_t room) {
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) || line[2 + length] != ':') continue;
        const char *from = line + 3 + length;
        while (*from == ' ') from++;
        const char *to = strstr(from, "\r\n");
        snprintf(value, room, "%.*s", (int)(to - from), from);
        return value;
    }
    return NULL;
}

/* ---- tenants ---- */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static struct { char name[64]; long since; int off; } tenants[16];
static long has_tenants, stale_ms;

/* The place of a tenant, made when it is first asked for; -1 when there is no room. */
static int tenant_at(const char *name) {
    for (int i = 0; i < 16; i++) {
        if (!tenants[i].name[0]) snprintf(tenants[i].name, sizeof tenants[i].name, "%s", name);
        if (!strcmp(tenants[i].name, name)) return i;
    }
    return -1;
}

/* What a request shows: each kind is of a tenant by its name alone. */
static const struct { const char *header, *before, *after; } credentials[] = {
    { "Authorization", "Bearer ", "-token" }, { "Cookie", "session=", "-session" }, { "X-Api-Key", "", "-key" },
};

/* The name of the tenant whose credential it is; 0 for none. */
static int tenant_of(const char *value, int kind, char *name, size_t room) {
    size_t length = strlen(value), before = strlen(credentials[kind].before), after = strlen(credentials[kind].after);
    if (length <= before + after || length - before - after >= room || strncmp(value, credentials[kind].before, before)
        || strcmp(value + length - after, credentials[kind].after)) return 0;
    snprintf(name, room, "%.*s", (int)(length - before - after), value + before);
    return 1;
}

static int is_served(int at) {
    return !tenants[at].off || stale_ms < 0 || now_ms() - tenants[at].since < stale_ms;
}

/* ---- jobs: a ring that one consumer empties, in the order in which they came ---- */
enum { JOBS = 256 };
static struct { int tenant, status; } jobs[JOBS];
static unsigned jobs_put, jobs_taken;
static pthread_cond_t job_put = PTHREAD_COND_INITIALIZER, job_taken = PTHREAD_COND_INITIALIZER;

static void *consumer(void *none) {
    (void)none;
    pthread_mutex_lock(&gate);
    for (;;) {
        while (jobs_taken == jobs_put) pthread_cond_wait(&job_put, &gate);
        pthread_mutex_unlock(&gate);
        pause_ms(2);
        pthread_mutex_lock(&gate);
        jobs[jobs_taken % JOBS].status = is_served(jobs[jobs_taken % JOBS].tenant) ? 200 : 403;
        jobs_taken++;
        pthread_cond_broadcast(&job_taken);
    }
    return NULL;
}

/* With the gate held. */
static int job_answer(int tenant) {
    while (jobs_put - jobs_taken >= JOBS / 2) pthread_cond_wait(&job_taken, &gate);
    unsigned own = jobs_put++;
    jobs[own % JOBS].tenant = tenant;
    pthread_cond_signal(&job_put);
    while (jobs_taken <= own) pthread_cond_wait(&job_taken, &gate);
    return jobs[own % JOBS].status;
}

/* The status; the text is filled in. */
static int tenant_answer(const char *method, const char *path, const char *shown, char *text, size_t room) {
    char name[64] = "", verb[16] = "";
    int status = 404;
    pthread_mutex_lock(&gate);
    if (!strcmp(path, "/me")) {
        snprintf(name, sizeof name, "%s", shown);
        int at = *name ? tenant_at(name) : -1;
        status = at < 0 ? 401 : is_served(at) ? 200 : 403;
        snprintf(text, room, "{\"tenant\":\"%s\"}\n", name);
    } else if (!strcmp(method, "POST") && sscanf(path, "/jobs/%63[^/]", name) == 1 && tenant_at(name) >= 0) {
        status = job_answer(tenant_at(name));
        snprintf(text, room, "{\"job\":\"%s\"}\n", status == 200 ? "done" : "thrown away");
    } else if (!strcmp(path, "/admin/stale") && !strcmp(method, "POST")) {
        stale_ms = -1;
        status = 200;
        snprintf(text, room, "{}\n");
    } else if (sscanf(path, "/admin/tenants/%63[^/]/%15s", name, verb) >= 1 && tenant_at(name) >= 0) {
        int at = tenant_at(name), off = !strcmp(verb, "suspend");
        status = 200;
        if (!strcmp(method, "POST") && verb[0]) {
            if (off && !tenants[at].off) tenants[at].since = now_ms();
            tenants[at].off = off;
        }
        snprintf(text, room, "{\"suspended\":%s}\n", tenants[at].off ? "true" : "false");
    } else snprintf(text, room, "{}\n");
    pthread_mutex_unlock(&gate);
    return status;
}

static int answer(int client, const char *method, const char *path, const char *tenant, long body, int close_after) {
    char text[512], head[512];
    int status = 200;
    int term = ending;
    if (answer_ms > 0) pause_ms(answer_ms);
    if (hold_ms > 0 && (term || ending)) pause_ms(hold_ms);
    if (!strncmp(path, "/health", 7)) {
        if (health_never || (health_fails >= 0 && now_ms() - started >= health_fails)) status = health_never > 1 ? (int)health_never : 503;
    } else if (errors_percent > 0 && now_ms() - started >= errors_after && atomic_fetch_add(&counted, 1) % 100 < errors_percent) status = 500;
    if (has_tenants && (!strcmp(path, "/me") || !strncmp(path, "/admin/", 7) || !strncmp(path, "/jobs/", 6)))
        status = tenant_answer(method, path, tenant, text, sizeof text);
    else if (!strncmp(path, "/env/", 5)) {
        const char *value = getenv(path + 5);
        snprintf(text, sizeof text, "%.400s\n", value ? value : "");
    } else if (!strcmp(path, "/token")) {
        char number[21], signature[41];
        snprintf(number, sizeof number, "%d", atomic_fetch_add(&counted, 1));
        sign(getenv("API_SECRET") ? getenv("API_SECRET") : "", number, signature);
        snprintf(text, sizeof text, "%s.%s\n", number, signature);
    } else if (!strncmp(path, "/check/", 7)) {
        if (status == 200 && !accepts(path + 7)) status = 401;
        snprintf(text, sizeof text, "%d\n", status);
    } else snprintf(text, sizeof text, "%.100s %.200s %ld\n", version, instance, body);
    if (ending) close_after = 1;
    int length = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\nX-Version: %.100s\r\nX-Instance: %.200s\r\n%s\r\n",
        status, status == 200 ? "OK" : "Bad", strlen(text), version, instance, close_after ? "Connection: close\r\n" : "");
    if (send_all(client, head, (size_t)length) || send_all(client, text, strlen(text))) return -1;
    return close_after ? -1 : 0;
}

/* One request; -1 when the connection is over. */
static int serve(int client, char *buffer, size_t room, size_t *have) {
    char *end;
    while (buffer[*have] = 0, !(end = strstr(buffer, "\r\n\r\n"))) {
        if (*have + 1 >= room) return -1;
        struct pollfd waiting = { client, POLLIN, 0 };
        int ready = poll(&waiting, 1, 50);
        if (ready == 0 && ending && *have == 0) return -1;
        if (ready <= 0) continue;
        ssize_t got = recv(client, buffer + *have, room - 1 - *have, 0);
        if (got <= 0) return -1;
        *have += (size_t)got;
    }
    requests++;
    char head[8192], method[16] = "", path[1024] = "/", value[256], tenant[64] = "";
    snprintf(head, sizeof head, "%.*s", (int)(end + 2 - buffer), buffer);
    sscanf(head, "%15s %1023s", method, path);
    for (int kind = 0; kind < 3 && !*tenant; kind++)
        if (header(head, credentials[kind].header, value, sizeof value)) tenant_of(value, kind, tenant, sizeof tenant);
    size_t used = (size_t)(end + 4 - buffer);
    memmove(buffer, buffer + used, *have - used);
    *have -= used;
    int result = -1;
    int close_after = header(head, "Connection", value, sizeof value) && !strcasecmp(value, "close");
    if (strstr(head, " HTTP/1.0\r\n")) close_after = 1;
    if (!strncmp(path, "/ws", 3) && header(head, "Sec-WebSocket-Key", value, sizeof value)) websocket(client, value);
    else {
        long body = header(head, "Content-Length", value, sizeof value) ? strtol(value, NULL, 10) : 0, left = body;
        if (body > 0 && header(head, "Expect", value, sizeof value)) send_all(client, "HTTP/1.1 100 Continue\r\n\r\n", 25);
        size_t here = (long)*have < left ? *have : (size_t)left;
        memmove(buffer, buffer + here, *have - here);
        *have -= here;
        left -= (long)here;
        char piece[65536];
        while (left > 0) {
            ssize_t got = recv(client, piece, left < (long)sizeof piece ? (size_t)left : sizeof piece, 0);
            if (got <= 0) break;
            left -= got;
        }
        if (left == 0) result = answer(client, method, path, tenant, body, close_after);
    }
    requests--;
    return result;
}

static void *connection(void *argument) {
    int client = (int)(intptr_t)argument;
    char buffer[16384];
    size_t have = 0;
    while (serve(client, buffer, sizeof buffer, &have) == 0) { }
    shutdown(client, SHUT_WR);
    struct pollfd waiting = { client, POLLIN, 0 };
    while (poll(&waiting, 1, 500) > 0 && recv(client, buffer, sizeof buffer, 0) > 0) { }
    close(client);
    return NULL;
}

static void *crash(void *argument) {
    pause_ms((long)(intptr_t)argument);
    fprintf(stderr, "fatal: the service of the tests crashes as it was told\n");
    _exit(3);
}

static int probe(const char *path) {
    struct sockaddr_in self = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int to = socket(AF_INET, SOCK_STREAM, 0);
    char text[1200];
    if (connect(to, (struct sockaddr *)&self, sizeof self)) return 1;
    int length = snprintf(text, sizeof text, "GET %.1000s HTTP/1.0\r\n\r\n", path);
    if (send_all(to, text, (size_t)length)) return 1;
    ssize_t got = recv(to, text, sizeof text - 1, 0);
    return got > 12 && !strncmp(text + 9, "200", 3) ? 0 : 1;
}

int main(int count, char **arguments) {
    version = getenv("VERSION") ? getenv("VERSION") : "1";
    port = setting("PORT", 8080);
    if (count == 3 && !strcmp(arguments[1], "probe")) return probe(arguments[2]);
    gethostname(instance, sizeof instance - 1);
    started = now_ms();
    answer_ms = setting("ANSWER_MS", 0);
    hold_ms = setting("HOLD_MS", 0);
    errors_percent = setting("ERRORS_PERCENT", 0);
    errors_after = setting("ERRORS_AFTER_MS", 0);
    health_never = setting("HEALTH_NEVER", 0);
    has_tenants = setting("TENANTS", 0);
    stale_ms = setting("STALE_MS", 0);
    health_fails = setting("HEALTH_FAILS_AFTER_MS", -1);
    /* As the first process of a container it is sent only what it asks for. */
    sigset_t asked;
    sigemptyset(&asked);
    sigaddset(&asked, SIGTERM);
    sigaddset(&asked, SIGINT);
    pthread_sigmask(SIG_BLOCK, &asked, NULL);
    signal(SIGPIPE, SIG_IGN);
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 262144);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    long crash_after = setting("CRASH_AFTER_MS", -1);
    if (crash_after == 0) crash((void *)0);
    if (crash_after > 0) pthread_create(&thread, &small, crash, (void *)(intptr_t)crash_after);
    if (has_tenants) pthread_create(&thread, &small, consumer, NULL);
    pause_ms(setting("START_DELAY_MS", 0));
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in all = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_ANY) };
    if (bind(listener, (struct sockaddr *)&all, sizeof all) || listen(listener, 1024)) {
        perror("listen");
        return 2;
    }
    printf("version %s listens on %ld\n", version, port);
    fflush(stdout);
    long ignores = setting("IGNORE_TERM", 0);
    for (;;) {
        struct timespec none = { 0, 0 };
        if (sigtimedwait(&asked, NULL, &none) > 0 && !ignores) break;
        struct pollfd waiting = { listener, POLLIN, 0 };
        if (poll(&waiting, 1, 20) <= 0) continue;
        int client = accept(listener, NULL, NULL);
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, 1 /* TCP_NODELAY */, &yes, sizeof yes);
        if (pthread_create(&thread, &small, connection, (void *)(intptr_t)client)) close(client);
    }
    close(listener);
    ending = 1;
    printf("version %s ends\n", version);
    fflush(stdout);
    long until = now_ms() + setting("DRAIN_MS", 10000);
    pause_ms(100);
    while (requests > 0 && now_ms() < until) pause_ms(20);
    pause_ms(20);
    return 0;
}
