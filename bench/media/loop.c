/*
 * The loop of a media worker in C, with the same system calls in the same order and nothing around them: what its cost per
 * packet is compared with. Usage: loop notify|bridge SECONDS < ports of the far ends, one a line
 *
 * notify: each leg sends a packet of 20 ms from a prompt in its slot of the clock, and receives.
 * bridge: what one leg of a pair receives, the other sends on, with a header of its own.
 * Prints the port of each leg in one line and begins; it ends after SECONDS.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { SLOTS = 4, SLOT_MS = 5, LOOK_US = 2000, LOOKS = 4, EVENTS = 32, MOST = 16384, PROMPT = 480000 };

static struct leg {
  int socket;
  uint16_t sequence;
  uint32_t timestamp, ssrc, position, received, octets;
} legs[MOST];
static int count;
static uint8_t prompt[PROMPT];
static uint8_t frame[2048], packet[65536];
static uint64_t sent, received;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void write_header(uint8_t *into, struct leg *leg) {
  uint16_t sequence = htons(leg->sequence++);
  uint32_t timestamp = htonl(leg->timestamp), ssrc = htonl(leg->ssrc);
  into[0] = 0x80;
  into[1] = 8;
  memcpy(into + 2, &sequence, 2);
  memcpy(into + 4, &timestamp, 4);
  memcpy(into + 8, &ssrc, 4);
  leg->timestamp += 160;
}

static void transmit(struct leg *leg, const uint8_t *bytes, size_t length) {
  if (send(leg->socket, bytes, length, 0) < 0) send(leg->socket, bytes, length, 0);
  sent++;
}

static void send_slot(int slot) {
  for (int index = slot; index < count; index += SLOTS) {
    struct leg *leg = &legs[index];
    memcpy(frame + 12, prompt + leg->position, 160);
    leg->position = (leg->position + 160) % PROMPT;
    write_header(frame, leg);
    transmit(leg, frame, 172);
  }
}

static int look(int epoll, int bridge) {
  struct epoll_event events[EVENTS];
  int found = epoll_wait(epoll, events, EVENTS, 0);
  for (int each = 0; each < found; each++) {
    uint32_t index = events[each].data.u32;
    ssize_t octets = recv(legs[index].socket, packet, sizeof packet, MSG_TRUNC);
    if (octets < 12 || packet[0] >> 6 != 2) continue;
    received++;
    legs[index].received++;
    legs[index].octets += octets - 12;
    if (!bridge) continue;
    struct leg *other = &legs[index ^ 1];
    write_header(packet, other);
    transmit(other, packet, octets);
  }
  return found == EVENTS;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int bridge = strcmp(argv[1], "bridge") == 0;
  int epoll = epoll_create1(0), far;
  double until = now_ms() + atof(argv[2]) * 1e3;
  for (int index = 0; index < PROMPT; index++) prompt[index] = index * 7;
  while (count < MOST && scanf("%d", &far) == 1) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct leg *leg = &legs[count];
    leg->socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    leg->ssrc = rand();
    socklen_t length = sizeof address;
    if (bind(leg->socket, (struct sockaddr *)&address, sizeof address) < 0) return perror("bind"), 1;
    getsockname(leg->socket, (struct sockaddr *)&address, &length);
    printf("%d ", ntohs(address.sin_port));
    address.sin_port = htons(far);
    if (connect(leg->socket, (struct sockaddr *)&address, sizeof address) < 0) return perror("connect"), 1;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = count};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, leg->socket, &event) < 0) return perror("epoll_ctl"), 1;
    count++;
  }
  puts("");
  fflush(stdout);
  double due = now_ms();
  for (int slot = 0; now_ms() < until;) {
    while (due <= now_ms()) {
      if (!bridge) send_slot(slot);
      slot = (slot + 1) % SLOTS;
      due += SLOT_MS;
    }
    int more = 1;
    for (int looks = 0; more && looks < LOOKS && now_ms() < due; looks++) more = look(epoll, bridge);
    double wait = due - now_ms();
    if (wait > LOOK_US / 1e3) wait = LOOK_US / 1e3;
    if (more || wait <= 0) continue;
    struct timespec pause = {.tv_nsec = wait * 1e6};
    nanosleep(&pause, NULL);
  }
  return 0;
}
