/*
 * A load client on epoll: the limit that others are compared with. It checks what popspec checks (every status, the
 * framing of every reply, the octets of each message) and records the latency of every command in a histogram.
 *
 *   client PORT CONNECTIONS MESSAGES [CA]
 *
 * With MESSAGES > 0: USER, PASS, STAT, RETR of each, QUIT, close, again. With 0: NOOP and STAT for ever on long
 * sessions. CA: file of the certificate to trust, which asks for TLS. Runs until SIGINT, prints sessions and
 * commands with their latencies, and ends with 1 when anything was not as it should be.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

enum { EVENTS = 256, BUFFER = 64 * 1024, SUB_BITS = 10, BUCKETS = 24 << SUB_BITS };
enum step { CONNECTING, SHAKING, GREETING, USER, PASS, STAT, RETR, QUIT, NOOP, CLOSING, STEPS };
static const char *const names[STEPS] = {"connect", "tls", "greeting", "USER", "PASS", "STAT", "RETR", "QUIT", "NOOP", "closing"};
enum place { IN_LINE, AFTER_CR, LINE_START, AFTER_DOT, AFTER_DOT_CR };

struct session {
  int fd;
  int number;
  enum step step;
  int in_body;
  enum place at;
  long octets, stuffed;
  int count, message;
  long total;
  uint64_t since, began;
  size_t kept;
  char line[512];
#ifdef WITH_TLS
  SSL *ssl;
#endif
};

static struct { uint64_t count, sum, max; uint32_t buckets[BUCKETS]; } latency[STEPS], whole;
static volatile sig_atomic_t over;
static int epoll, messages;
static struct sockaddr_in target;
static char buffer[BUFFER];
#ifdef WITH_TLS
static SSL_CTX *context;
#endif

static void stop(int signal) {
  (void)signal;
  over = 1;
}

static void wrong(struct session *s, const char *what, const char *text, size_t length) {
  fprintf(stderr, "session %d, %s: %s: %.*s\n", s->number, names[s->step], what, (int)(length < 80 ? length : 80), text);
  exit(1);
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Log-linear: about three digits of a value in microseconds. */
static void record(void *into, uint64_t ns) {
  typeof(whole) *h = into;
  uint64_t us = ns / 1000 + 1;
  int shift = 63 - __builtin_clzll(us) - SUB_BITS;
  if (shift < 0) shift = 0;
  uint64_t index = ((uint64_t)shift << SUB_BITS) + (us >> shift);
  if (index >= BUCKETS) index = BUCKETS - 1;
  h->buckets[index]++;
  h->count++;
  h->sum += us;
  if (us > h->max) h->max = us;
}

static void begin(struct session *s);

static void say(struct session *s, enum step step, const char *text, size_t length) {
  s->step = step;
  s->since = now();
  ssize_t n;
#ifdef WITH_TLS
  if (s->ssl != NULL) n = SSL_write(s->ssl, text, length);
  else
#endif
    n = send(s->fd, text, length, MSG_NOSIGNAL);
  if (n != (ssize_t)length) wrong(s, "send", strerror(errno), 80);
}

static void retr(struct session *s) {
  char text[32];
  int length = sprintf(text, "RETR %d\r\n", s->message);
  say(s, RETR, text, length);
}

/* A status line has come, or the body behind it is complete. */
static void next(struct session *s) {
  record(&latency[s->step], now() - s->since);
  char text[64];
  switch (s->step) {
    case GREETING:
      say(s, USER, text, sprintf(text, "USER user%05d\r\n", s->number));
      break;
    case USER:
      say(s, PASS, "PASS bench\r\n", 12);
      break;
    case PASS:
      say(s, STAT, "STAT\r\n", 6);
      break;
    case STAT:
      s->message = 1;
      if (messages > 0) retr(s);
      else say(s, NOOP, "NOOP\r\n", 6);
      break;
    case NOOP:
      say(s, STAT, "STAT\r\n", 6);
      break;
    case RETR:
      if (++s->message <= s->count) retr(s);
      else say(s, QUIT, "QUIT\r\n", 6);
      break;
    default:
      s->step = CLOSING;
  }
}

static void status(struct session *s, const char *line, size_t length) {
  if (length < 5 || memcmp(line, "+OK", 3) != 0 || line[length - 2] != '\r') wrong(s, "refused", line, length);
  if (s->step == STAT) {
    char text[64];
    if (length >= sizeof(text)) wrong(s, "STAT", line, length);
    memcpy(text, line, length);
    text[length] = 0;
    if (sscanf(text, "+OK %d %ld", &s->count, &s->total) != 2) wrong(s, "STAT", line, length);
    if (messages > 0 && s->count != messages) wrong(s, "count", line, length);
  }
  if (s->step == RETR) {
    s->in_body = 1;
    s->at = LINE_START;
    s->octets = s->stuffed = 0;
  } else next(s);
}

/* Octets up to the end of the reply, or -1. */
static ssize_t body(struct session *s, const char *from, size_t length) {
  for (size_t i = 0; i < length;) {
    char c = from[i];
    switch (s->at) {
      case IN_LINE: {
        const char *hit = memmem(from + i, length - i, "\r\n.", 3);
        if (hit == NULL) {
          if (from[length - 1] == '\r') s->at = AFTER_CR;
          else if (from[length - 1] == '\n' && length >= i + 2 && from[length - 2] == '\r') s->at = LINE_START;
          return -1;
        }
        i = hit + 3 - from;
        s->at = AFTER_DOT;
        break;
      }
      case AFTER_CR:
        s->at = c == '\n' ? LINE_START : c == '\r' ? AFTER_CR : IN_LINE;
        i++;
        break;
      case LINE_START:
        s->at = c == '.' ? AFTER_DOT : IN_LINE;
        i += c == '.';
        break;
      case AFTER_DOT:
        if (c == '\r') {
          s->at = AFTER_DOT_CR;
          i++;
        } else {
          s->stuffed++;
          s->at = IN_LINE;
        }
        break;
      case AFTER_DOT_CR:
        if (c == '\n') return i + 1;
        s->stuffed++;
        s->at = AFTER_CR;
        break;
    }
  }
  return -1;
}

static void take(struct session *s, const char *from, size_t length) {
  while (length > 0) {
    size_t used;
    if (s->in_body) {
      ssize_t end = body(s, from, length);
      used = end < 0 ? length : (size_t)end;
      s->octets += used;
      if (end >= 0) {
        s->in_body = 0;
        if (s->octets - 3 - s->stuffed != s->total / s->count) wrong(s, "octets", from, 0);
        next(s);
      }
    } else {
      const char *lf = memchr(from, '\n', length);
      used = lf == NULL ? length : (size_t)(lf + 1 - from);
      if (lf == NULL || s->kept > 0) {
        if (s->kept + used > sizeof(s->line)) wrong(s, "line", from, used);
        memcpy(s->line + s->kept, from, used);
        s->kept += used;
        if (lf != NULL) {
          size_t whole_line = s->kept;
          s->kept = 0;
          status(s, s->line, whole_line);
        }
      } else status(s, from, used);
    }
    from += used;
    length -= used;
  }
}

static void gone(struct session *s) {
  if (s->step != CLOSING) wrong(s, "closed", "", 0);
  record(&whole, now() - s->began);
#ifdef WITH_TLS
  if (s->ssl != NULL) SSL_free(s->ssl);
#endif
  close(s->fd);
  if (!over) begin(s);
}

static void hear(struct session *s) {
  for (;;) {
    ssize_t n;
#ifdef WITH_TLS
    if (s->ssl != NULL) {
      n = SSL_read(s->ssl, buffer, BUFFER);
      if (n <= 0 && SSL_get_error(s->ssl, n) == SSL_ERROR_WANT_READ) return;
    } else
#endif
    {
      n = recv(s->fd, buffer, BUFFER, 0);
      if (n < 0 && errno == EAGAIN) return;
    }
    if (n <= 0) {
      gone(s);
      return;
    }
    take(s, buffer, n);
    // A short read has emptied the socket.
#ifdef WITH_TLS
    if (s->ssl != NULL) continue;
#endif
    if (n < BUFFER) return;
  }
}

#ifdef WITH_TLS
static void shake(struct session *s) {
  int done = SSL_connect(s->ssl);
  if (done != 1) {
    int error = SSL_get_error(s->ssl, done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) wrong(s, "TLS", "", 0);
    return;
  }
  record(&latency[SHAKING], now() - s->since);
  s->step = GREETING;
  s->since = now();
}
#endif

static void connected(struct session *s) {
  int error = 0;
  socklen_t length = sizeof(error);
  getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) wrong(s, "connect", strerror(error), 80);
  record(&latency[CONNECTING], now() - s->since);
  s->step = GREETING;
  s->since = now();
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
  epoll_ctl(epoll, EPOLL_CTL_MOD, s->fd, &event);
#ifdef WITH_TLS
  s->ssl = NULL;
  if (context != NULL) {
    s->step = SHAKING;
    s->ssl = SSL_new(context);
    SSL_set_fd(s->ssl, s->fd);
    SSL_set_tlsext_host_name(s->ssl, "localhost");
    SSL_set1_host(s->ssl, "localhost");
    SSL_set_connect_state(s->ssl);
    shake(s);
  }
#endif
}

static void begin(struct session *s) {
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  s->step = CONNECTING;
  s->kept = 0;
  s->in_body = 0;
  s->began = s->since = now();
  if (connect(s->fd, (struct sockaddr *)&target, sizeof(target)) < 0 && errno != EINPROGRESS)
    wrong(s, "connect", strerror(errno), 80);
  struct epoll_event event = {.events = EPOLLOUT, .data.ptr = s};
  epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event);
}

static unsigned long at(const void *from, double share) {
  const typeof(whole) *h = from;
  uint64_t seen = 0;
  for (uint64_t i = 0; i < BUCKETS; i++) {
    seen += h->buckets[i];
    if (seen >= h->count * share) {
      uint64_t shift = i >> SUB_BITS;
      return shift <= 1 ? i : (i - ((shift - 1) << SUB_BITS)) << (shift - 1);
    }
  }
  return h->max;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  signal(SIGINT, stop);
  target.sin_family = AF_INET;
  target.sin_port = htons(atoi(argv[1]));
  target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int connections = atoi(argv[2]);
  messages = atoi(argv[3]);
#ifdef WITH_TLS
  if (argc > 4) {
    context = SSL_CTX_new(TLS_client_method());
    if (SSL_CTX_load_verify_locations(context, argv[4], NULL) != 1) return 2;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  }
#endif
  epoll = epoll_create1(0);
  struct session *all = calloc(connections, sizeof(*all));
  for (int i = 0; i < connections; i++) {
    all[i].number = i + 1;
    begin(&all[i]);
  }
  while (!over) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, 200);
    for (int i = 0; i < n; i++) {
      struct session *s = events[i].data.ptr;
      if (s->step == CONNECTING) connected(s);
#ifdef WITH_TLS
      else if (s->step == SHAKING) shake(s);
#endif
      else hear(s);
    }
  }
  printf("%lu sessions, p50 %lu us, p99 %lu us\n", (unsigned long)whole.count, at(&whole, 0.5), at(&whole, 0.99));
  for (int step = 0; step < STEPS; step++) {
    if (latency[step].count == 0) continue;
    printf("%s: %lu, p50 %lu us, p99 %lu us\n", names[step], (unsigned long)latency[step].count, at(&latency[step], 0.5),
           at(&latency[step], 0.99));
  }
  return 0;
}
