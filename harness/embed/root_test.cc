#include "harness/embed/root.h"

#include "harness/embed/embed_test.h"
