@NullMarked
package io.penstock.provisioning.schema;

import org.jspecify.annotations.NullMarked;
