#include "harness/embed/environment.h"

#include "harness/embed/embed_test.h"
