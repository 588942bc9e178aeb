#include "harness/core/blackboard.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace handrail {
namespace {

// The position goes into the sum, so that a slot left from an earlier lap does not pass for the one
// that was announced.
uint64_t Checksum(const Sample& sample, uint64_t position) {
  uint64_t words[sizeof(Sample) / sizeof(uint64_t)];
  std::memcpy(words, &sample, sizeof(sample));
  uint64_t sum = kBlackboardMagic ^ (position * 0x9e3779b97f4a7c15ULL);
  for (uint64_t word : words) {
    sum = (sum ^ word) * 0xff51afd7ed558ccdULL;
    sum ^= sum >> 32;
  }
  return sum;
}

void CloseKeepingErrno(int fd) {
  int error = errno;
  close(fd);
  errno = error;
}

}  // namespace

int CreateBlackboard() {
  int fd = memfd_create("handrail-blackboard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -1;
  // Sealed in its size: a trial that truncated the file would kill the runner with SIGBUS.
  bool made = ftruncate(fd, sizeof(Blackboard)) == 0 &&
              fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
  Blackboard* board = made ? MapBlackboard(fd) : nullptr;
  if (board == nullptr) {
    CloseKeepingErrno(fd);
    return -1;
  }
  // A fresh memory file reads as zero, which is the right start of every other member.
  board->magic.store(kBlackboardMagic, std::memory_order_release);
  UnmapBlackboard(board);
  return fd;
}

Blackboard* MapBlackboard(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return nullptr;
  if (status.st_size < static_cast<off_t>(sizeof(Blackboard))) {
    errno = EINVAL;
    return nullptr;
  }
  void* memory = mmap(nullptr, sizeof(Blackboard), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Blackboard*>(memory);
}

void UnmapBlackboard(Blackboard* board) {
  if (board != nullptr) munmap(board, sizeof(Blackboard));
}

bool WriteSample(Blackboard& board, const Sample& sample) {
  uint64_t position = board.written.load(std::memory_order_relaxed);
  if (position - board.read.load(std::memory_order_acquire) >= kRingCapacity) {
    board.dropped.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  RingSlot& slot = board.ring[position % kRingCapacity];
  slot.sample = sample;
  slot.checksum = Checksum(sample, position);
  board.written.store(position + 1, std::memory_order_release);
  return true;
}

void RingReader::Drain(Blackboard& board, std::vector<Sample>& out) {
  if (!problem_.empty()) return;
  if (board.magic.load(std::memory_order_acquire) != kBlackboardMagic) {
    problem_ = "the blackboard's magic number was overwritten";
    return;
  }
  // `read_` is our own: the shared copy is only what we tell the writer.
  uint64_t written = board.written.load(std::memory_order_acquire);
  if (written < read_ || written - read_ > kRingCapacity) {
    problem_ = "the sample ring claims " + std::to_string(written) + " samples after " +
               std::to_string(read_) + " were read";
    return;
  }
  for (; read_ < written; ++read_) {
    // Copied before it is checked, because the trial may still write to it.
    RingSlot slot;
    std::memcpy(&slot, &board.ring[read_ % kRingCapacity], sizeof(slot));
    if (slot.checksum != Checksum(slot.sample, read_)) {
      problem_ = "sample " + std::to_string(read_) + " has a wrong checksum";
      return;
    }
    out.push_back(slot.sample);
  }
  board.read.store(read_, std::memory_order_release);
}

}  // namespace handrail
