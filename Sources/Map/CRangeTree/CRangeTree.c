#include "CRangeTree.h"
