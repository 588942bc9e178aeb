#include "harness/embed/box.h"

#include "harness/embed/embed_test.h"
