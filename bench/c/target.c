/*
 * A POP3 server in memory that does as little as it can: what is measured against it is the client.
 *
 *   target MESSAGES OCTETS [CERT KEY]
 *
 * Prints "PORT" or "PORT TLSPORT". Any name and password log in; every maildrop holds MESSAGES messages of OCTETS
 * octets, which DELE does not remove. For each line on standard input it prints what it has counted:
 * "sessions commands messages". Ends with standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
#endif

enum { LINE_MAX_OCTETS = 512, EVENTS = 256, LISTED = 65536 };

struct connection {
  int fd;
  int closing;
  size_t got;
  const char *out;
  size_t left;
  char in[LINE_MAX_OCTETS];
  char small[256];
#ifdef WITH_TLS
  SSL *ssl;
  int shaking;
#endif
};

static struct { int fd, tls; } listeners[2];
static int epoll;
static unsigned long sessions, commands, messages;
static int count;
static long octets;
static char *retr, *list, *uidl;
static size_t retr_length, list_length, uidl_length;
static char stat_line[64];
#ifdef WITH_TLS
static SSL_CTX *context;
#endif

static void die(const char *what) {
  perror(what);
  exit(1);
}

/* Lines of 76 characters; one in a hundred begins with a dot and is stuffed on the wire. */
static void make_replies(void) {
  char *content = malloc(octets + 128);
  long n = sprintf(content, "From: bench@example.org\r\nSubject: bench\r\n\r\n");
  for (long line = 0; n < octets - 2; line++) {
    char text[80];
    memset(text, 'a' + line % 26, 76);
    if (line % 100 == 7) text[0] = '.';
    memcpy(text + 76, "\r\n", 2);
    long room = octets - 2 - n < 78 ? octets - 2 - n : 78;
    memcpy(content + n, text, room);
    n += room;
  }
  memcpy(content + octets - 2, "\r\n", 2);
  for (long i = 0; i < octets - 2; i++)
    if (content[i] == '\r' && content[i + 1] != '\n') content[i] = 'x';
  retr = malloc(2 * octets + 128);
  retr_length = sprintf(retr, "+OK %ld octets\r\n", octets);
  for (long i = 0; i < octets; i++) {
    if (content[i] == '.' && (i == 0 || content[i - 1] == '\n')) retr[retr_length++] = '.';
    retr[retr_length++] = content[i];
  }
  memcpy(retr + retr_length, ".\r\n", 3);
  retr_length += 3;
  free(content);
  list = malloc(32 * count + 64);
  uidl = malloc(32 * count + 64);
  list_length = sprintf(list, "+OK\r\n");
  uidl_length = sprintf(uidl, "+OK\r\n");
  for (int i = 1; i <= count; i++) {
    list_length += sprintf(list + list_length, "%d %ld\r\n", i, octets);
    uidl_length += sprintf(uidl + uidl_length, "%d id%d\r\n", i, i);
  }
  list_length += sprintf(list + list_length, ".\r\n");
  uidl_length += sprintf(uidl + uidl_length, ".\r\n");
  sprintf(stat_line, "+OK %d %ld\r\n", count, octets * count);
}

static void end(struct connection *c) {
#ifdef WITH_TLS
  if (c->ssl != NULL) SSL_free(c->ssl);
#endif
  close(c->fd);
  free(c);
}

static void watch(struct connection *c, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static ssize_t receive(struct connection *c, void *to, size_t room) {
#ifdef WITH_TLS
  if (c->ssl != NULL) {
    int n = SSL_read(c->ssl, to, room);
    if (n > 0) return n;
    errno = SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? EAGAIN : ECONNRESET;
    return -1;
  }
#endif
  return read(c->fd, to, room);
}

static ssize_t deliver(struct connection *c, const void *from, size_t length) {
#ifdef WITH_TLS
  if (c->ssl != NULL) {
    int n = SSL_write(c->ssl, from, length > 16384 ? 16384 : length);
    if (n > 0) return n;
    int error = SSL_get_error(c->ssl, n);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
    return -1;
  }
#endif
  return send(c->fd, from, length, MSG_NOSIGNAL);
}

/* Sends what is due; 0 when the connection is gone. */
static int flush(struct connection *c) {
  while (c->left > 0) {
    ssize_t n = deliver(c, c->out, c->left);
    if (n < 0) {
      if (errno != EAGAIN) {
        end(c);
        return 0;
      }
      watch(c, EPOLLOUT);
      return 1;
    }
    c->out += n;
    c->left -= n;
  }
  if (c->closing) {
#ifdef WITH_TLS
    if (c->ssl != NULL) SSL_shutdown(c->ssl);
#endif
    end(c);
    return 0;
  }
  return 1;
}

static void answer(struct connection *c, const char *text, size_t length) {
  c->out = text;
  c->left = length;
}

#define SAY(c, text) answer(c, text, sizeof(text) - 1)

static void take(struct connection *c, const char *line) {
  commands++;
  int n = atoi(line + 5);
  if (!strncasecmp(line, "RETR", 4)) {
    if (n < 1 || n > count) SAY(c, "-ERR no such message\r\n");
    else {
      messages++;
      answer(c, retr, retr_length);
    }
  } else if (!strncasecmp(line, "STAT", 4)) answer(c, stat_line, strlen(stat_line));
  else if (!strncasecmp(line, "LIST", 4)) {
    if (line[4] == ' ') {
      int length = sprintf(c->small, "+OK %d %ld\r\n", n, octets);
      answer(c, c->small, length);
    } else answer(c, list, list_length);
  } else if (!strncasecmp(line, "UIDL", 4)) answer(c, uidl, uidl_length);
  else if (!strncasecmp(line, "CAPA", 4)) SAY(c, "+OK\r\nUSER\r\nUIDL\r\n.\r\n");
  else if (!strncasecmp(line, "QUIT", 4)) {
    sessions++;
    c->closing = 1;
    SAY(c, "+OK bye\r\n");
  } else if (!strncasecmp(line, "USER", 4) || !strncasecmp(line, "PASS", 4) || !strncasecmp(line, "NOOP", 4) ||
             !strncasecmp(line, "DELE", 4) || !strncasecmp(line, "RSET", 4))
    SAY(c, "+OK\r\n");
  else SAY(c, "-ERR unknown\r\n");
}

/* Takes whole lines while nothing waits to be sent. */
static void work(struct connection *c) {
  for (;;) {
    char *lf = c->left > 0 ? NULL : memchr(c->in, '\n', c->got);
    if (lf == NULL) {
      if (c->left > 0) return;
      if (c->got == sizeof(c->in)) c->got = 0;
      ssize_t n = receive(c, c->in + c->got, sizeof(c->in) - c->got);
      if (n <= 0) {
        if (n < 0 && errno == EAGAIN) return;
        end(c);
        return;
      }
      c->got += n;
      continue;
    }
    take(c, c->in);
    size_t used = lf + 1 - c->in;
    memmove(c->in, lf + 1, c->got - used);
    c->got -= used;
    if (!flush(c)) return;
  }
}

static void greet(struct connection *c) {
  SAY(c, "+OK ready\r\n");
  flush(c);
}

static void welcome(int listener, int tls) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct connection *c = calloc(1, sizeof(*c));
    c->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
#ifdef WITH_TLS
    if (tls) {
      c->ssl = SSL_new(context);
      SSL_set_fd(c->ssl, fd);
      SSL_set_accept_state(c->ssl);
      c->shaking = 1;
      continue;
    }
#else
    (void)tls;
#endif
    greet(c);
  }
}

static int listening(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof(address);
  if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 4096) < 0) die("listen");
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("%s%d", listeners[0].fd ? " " : "", ntohs(address.sin_port));
  return fd;
}

static void add_listener(int index) {
  listeners[index].fd = listening();
  listeners[index].tls = index;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listeners[index]};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listeners[index].fd, &event);
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  signal(SIGPIPE, SIG_IGN);
  count = atoi(argv[1]);
  octets = atol(argv[2]);
  make_replies();
  epoll = epoll_create1(0);
  add_listener(0);
#ifdef WITH_TLS
  if (argc > 4) {
    context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, argv[3]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, argv[4], SSL_FILETYPE_PEM) != 1)
      return 2;
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    add_listener(1);
  }
#endif
  printf("\n");
  fflush(stdout);
  fcntl(0, F_SETFL, O_NONBLOCK);
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
  for (;;) {
    struct epoll_event events[EVENTS];
    int n = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < n; i++) {
      void *who = events[i].data.ptr;
      if (who == NULL) {
        char asked[64];
        if (read(0, asked, sizeof(asked)) == 0) return 0;
        printf("%lu %lu %lu\n", sessions, commands, messages);
        fflush(stdout);
      } else if (who == &listeners[0] || who == &listeners[1]) welcome(*(int *)who, who == &listeners[1]);
      else {
        struct connection *c = who;
#ifdef WITH_TLS
        if (c->shaking) {
          int done = SSL_accept(c->ssl);
          if (done != 1) {
            int error = SSL_get_error(c->ssl, done);
            if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) end(c);
            continue;
          }
          c->shaking = 0;
          greet(c);
          continue;
        }
#endif
        if (c->left > 0) {
          if (!flush(c) || c->left > 0) continue;
          watch(c, EPOLLIN);
        }
        work(c);
      }
    }
  }
}
